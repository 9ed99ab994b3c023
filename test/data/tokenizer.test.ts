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
  for (const token of [3, -1, 0.5, Number.NaN]) expect(() => tokenizer.decode([token])).toThrow(DataError);
});

it("survives JSON", () => {
  const tokenizer = CharTokenizer.fromText('a"\\ü😀');
  const again = CharTokenizer.fromJSON(JSON.parse(JSON.stringify(tokenizer)));
  expect(again.characters).toEqual(tokenizer.characters);
});

it.each([
  null,
  3,
  [],
  {},
  { type: "words", characters: ["a"] },
  { type: "characters" },
  { type: "characters", characters: "ab" },
  { type: "characters", characters: ["a", 3] },
  { type: "characters", characters: ["ab"] },
  { type: "characters", characters: [""] },
  { type: "characters", characters: ["b", "a"] },
  { type: "characters", characters: ["a", "a"] },
])("refuses to read %j", (json) => {
  expect(() => CharTokenizer.fromJSON(json)).toThrow(DataError);
});
