import { expect, it } from "vitest";
import { CharTokenizer } from "../../src/data/text/char-tokenizer.ts";
import { DataError } from "../../src/errors.ts";

it("orders the distinct characters by code point", () => {
  const tokenizer = CharTokenizer.fromText("b\n😀a\uffffüab");
  // UTF-16 order would put 😀 (a surrogate pair) before \uffff.
  expect(tokenizer.characters).toEqual(["\n", "a", "b", "ü", "\uffff", "😀"]);
  expect(tokenizer.size).toBe(6);
});

it("encodes and decodes, one token per code point", () => {
  const tokenizer = CharTokenizer.fromText("hello 😀");
  const tokens = tokenizer.encode("hole 😀o");
  expect(tokens).toHaveLength(7);
  expect(tokenizer.decode(tokens)).toBe("hole 😀o");
  expect(tokenizer.encode("")).toHaveLength(0);
});

it("names the character it does not know, and the token that is none", () => {
  const tokenizer = CharTokenizer.fromText("abc");
  expect(() => tokenizer.encode("ab\tc")).toThrow('character 2 of the text is "\\t", which is not among the 3');
  for (const token of [3, -1, 0.5, Number.NaN, "0" as never]) {
    expect(() => tokenizer.decode([token])).toThrow("expected an integer from 0 to 2");
  }
  expect(() => new CharTokenizer([["a"]] as never)).toThrow(DataError);
});

it("survives JSON", () => {
  const tokenizer = CharTokenizer.fromText('a"\\ü😀');
  const again = CharTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
  expect(again.characters).toEqual(tokenizer.characters);
});

it.each([
  [null, "not a saved"],
  [3, "not a saved"],
  [[], "not a saved"],
  [{}, "not a saved"],
  [{ type: "words", characters: ["a"] }, "not a saved"],
  [{ type: "characters" }, "not a saved"],
  [{ type: "characters", characters: "ab" }, "not a saved"],
  [{ type: "characters", characters: ["a", 3] }, "not a saved"],
  [{ type: "characters", characters: ["ab"] }, "one character each"],
  [{ type: "characters", characters: [""] }, "one character each"],
  [{ type: "characters", characters: ["b", "a"] }, "not distinct and ascending"],
  [{ type: "characters", characters: ["a", "a"] }, "not distinct and ascending"],
])("refuses to read %j", (json, message) => {
  expect(() => CharTokenizer.fromJSON(json)).toThrow(message);
});
