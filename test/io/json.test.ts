// The header's JSON: depth, keys with their places, white space and escapes.
import { describe, expect, test } from "vitest";
import { JsonError, parseKeyedJson } from "../../src/io/json.ts";

const errorOf = (text: string): JsonError => {
  try {
    parseKeyedJson(text);
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
};

test("keys are found at their opening quotes, whatever is between them", () => {
  const text = '{ "a" : 1 ,"b"\t:{"a":[{"a":2}]},\n"c"\r\n:"a","\\"d\\\\":["a","b"],"a\\\\":null}';
  const { value, places } = parseKeyedJson(text);
  expect(value).toEqual(JSON.parse(text));
  expect([...places.keys()]).toEqual(["a", "b", "c", '"d\\', "a\\"]);
  for (const [key, at] of places) {
    expect(text[at]).toBe('"');
    expect(text.slice(at).startsWith(JSON.stringify(key))).toBe(true);
  }
});

test.each([
  ['{"a":1,"b":2,"a":3}', "a", 13],
  ['{"a":1 , "a"  :3}', "a", 9],
  ['{"x":{"a":1,"a":2}}', "a", 12],
  ['{"x":[{"a":1},{"a":1,"b":{"c":1},"a":2}]}', "a", 33],
  ['{"a":["}"],"\\u0061":1}', "a", 11],
  ['{"a":[{}],"a":1}', "a", 10],
  ['{"\\\\":1,"\\\\":1}', "\\", 8],
])("%s names a key twice", (text, key, index) => {
  const error = errorOf(text);
  expect([error.message, error.index, error.name]).toEqual([`names ${JSON.stringify(key)} twice`, index, "JsonError"]);
});

test("what is no key does not count: values, and keys of objects beside and inside", () => {
  for (const text of [
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '{"a":[{"a":1},{"a":1}]}',
    '{"a":["a","a",["a"]],"b":["a"]}',
    '{"a":"b:","b":"{\\"a\\":1,\\"a\\":1}"}',
  ]) {
    expect(parseKeyedJson(text).value).toEqual(JSON.parse(text));
  }
});

describe("depth", () => {
  const nested = (levels: number, open: string, close: string) => `${open.repeat(levels)}${close.repeat(levels)}`;

  test("32 levels are taken, 33 are not, wherever they are", () => {
    const inside = (levels: number) => `{"a":${nested(levels, "[", "]")}}`;
    expect(() => parseKeyedJson(inside(31))).not.toThrow();
    expect(errorOf(inside(32))).toMatchObject({ message: "is nested deeper than 32 levels", index: 5 + 31 });
    const objects = `{"a":${nested(31, '{"a":', "}").replace('{"a":}', "{}")}}`;
    expect(() => parseKeyedJson(objects)).not.toThrow();
    expect(errorOf(`{"a":${objects}}`).message).toContain("deeper");
  });

  test("what was closed does not count, nor what is in strings", () => {
    const many = `{"a":[${new Array(100).fill("[[]],{}").join(",")}]}`;
    expect(() => parseKeyedJson(many)).not.toThrow();
    for (const inner of ["[".repeat(100), `\\"${"{".repeat(100)}`, `${"[".repeat(50)}\\\\`]) {
      expect(() => parseKeyedJson(`{"a":"${inner}","b":"${inner}"}`)).not.toThrow();
    }
    // behind a string brackets count again
    expect(errorOf(`{"a\\"":"\\\\","b":${nested(32, "[", "]")}}`).message).toContain("deeper");
    expect(errorOf(`{"a":"]]]]]]]]","b":${nested(32, "[", "]")}}`).message).toContain("deeper");
  });
});

test.each(["[]", "3", "null", '"a"', "true"])("%s is no object", (text) => {
  expect(errorOf(text)).toMatchObject({ message: "is JSON, but not an object", index: 0 });
});

test("what is no JSON is told with its place where the parser knows it", () => {
  const error = errorOf('{"a":1 "b":2}');
  expect(error.message).toBe("is not valid JSON");
  expect(error.index).toBe(7);
  expect(errorOf('{"a":x}').index).toBe(0);
  expect(errorOf("").index).toBe(0);
});
