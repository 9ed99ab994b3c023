// Byte, word and Hugging Face tokenizers; characters: tokenizer.test.ts.
import { readFileSync } from "node:fs";
import * as library from "@huggingface/tokenizers";
import { describe, expect, it, test } from "vitest";
import {
  ByteTokenizer,
  CharTokenizer,
  HuggingFaceTokenizer,
  type Tokenizer,
  tokenizerFromJSON,
  WordTokenizer,
} from "../../src/data/index.ts";

const saved = (tokenizer: { toJSON(): unknown }) => tokenizerFromJSON(JSON.parse(JSON.stringify(tokenizer)));

describe("ByteTokenizer", () => {
  it("gives the bytes of UTF-8, special tokens behind them, and any text back", () => {
    const tokenizer = new ByteTokenizer({ special: { end: "</s>", pad: "<pad>" } });
    expect([tokenizer.size, tokenizer.special]).toEqual([258, { pad: 256, start: undefined, end: 257 }]);
    expect(tokenizer.encode("aé", { end: true })).toEqual(Int32Array.of(97, 0xc3, 0xa9, 257));
    for (const source of ["", "naïve 日本 🙂\n", "\ufeffx"]) {
      expect(tokenizer.decode(tokenizer.encode(source))).toBe(source);
      expect(saved(tokenizer).encode(source)).toEqual(tokenizer.encode(source));
    }
    expect(tokenizer.decode([256, 0xc3, 97, 257])).toBe("\ufffda");
    expect(() => tokenizer.decode([258])).toThrow(/token 258, expected an integer from 0 to 257/);
    expect(() => tokenizer.encode("a", { start: true })).toThrow(/has no start token; name one in special/);
    expect(() => new ByteTokenizer({ special: { pad: "x", end: "x" } })).toThrow(/expected one of its own for each/);
  });
});

describe("WordTokenizer", () => {
  const texts = ["The cat sat, the dog sat.", "A cat's dog"];

  it("numbers words by how often they come, equal ones as they appear", () => {
    const tokenizer = WordTokenizer.fit(texts, { lower: true });
    expect(tokenizer.words).toEqual(["<unk>", "the", "sat", "dog", "cat", ",", ".", "a", "cat's"]);
    expect(tokenizer.encode("THE bird sat.")).toEqual(Int32Array.of(1, 0, 2, 6));
    expect(tokenizer.decode([1, 0, 2, 6])).toBe("the <unk> sat .");
    expect(WordTokenizer.fit(texts).words.slice(0, 5)).toEqual(["<unk>", "sat", "dog", "The", "cat"]);
    expect(WordTokenizer.fit("un-split it’s 3.5 élan").words.slice(1)).toEqual([
      "un-split",
      "it’s",
      "3",
      ".",
      "5",
      "élan",
    ]);
  });

  it("keeps to a size, with special tokens first", () => {
    const special = { pad: "<pad>", start: "<s>", end: "</s>" };
    const tokenizer = WordTokenizer.fit(texts, { size: 6, oov: "[?]", lower: true, special });
    expect(tokenizer.words).toEqual(["<pad>", "<s>", "</s>", "[?]", "the", "sat"]);
    expect([tokenizer.special, tokenizer.unknown]).toEqual([{ pad: 0, start: 1, end: 2 }, 3]);
    expect(tokenizer.encode("the dog [?] </s>the", { start: true, end: true })).toEqual(
      Int32Array.of(1, 4, 3, 3, 2, 4, 2),
    );
    expect(tokenizer.decode([1, 4, 3, 2, 0])).toBe("the [?]");
    const again = saved(tokenizer) as WordTokenizer;
    expect([again.words, again.encode("THE dog")]).toEqual([tokenizer.words, Int32Array.of(4, 3)]);
  });

  it("splits by spaces alone, and into characters", () => {
    const spaces = WordTokenizer.fit(["a  b. <unk> c"], { split: "whitespace" });
    expect(spaces.words).toEqual(["<unk>", "a", "b.", "c"]);
    expect([...spaces.encode("b. <unk>\tx")]).toEqual([2, 0, 0]);
    const characters = WordTokenizer.fit(["aba🙂"], { split: "characters", oov: "�" });
    expect(characters.words).toEqual(["�", "a", "b", "🙂"]);
    expect(characters.decode(characters.encode("ab🙂x"))).toBe("ab🙂�");
  });

  test.for<[string, () => unknown, RegExp]>([
    [
      "a word outside the vocabulary",
      () => WordTokenizer.fit(["a b"], { oov: false }).encode("a c"),
      /word 1 of the text is "c", which is not among the 2/,
    ],
    [
      "a size that leaves words out without a token for them",
      () => WordTokenizer.fit(["a b"], { oov: false, size: 1 }),
      /leaves out 1 words and oov is false/,
    ],
    ["a size without room", () => WordTokenizer.fit(["a"], { size: 1 }), /size is 1, expected more than 1/],
    ["no words", () => WordTokenizer.fit(["", " "]), /have no word/],
    ["what is no text", () => WordTokenizer.fit(["a", 5 as never]), /text 1 is 5/],
    [
      "an unknown named as a special token",
      () => WordTokenizer.fit(["a"], { oov: "x", special: { pad: "x" } }),
      /oov is "x"/,
    ],
    [
      "saved words that repeat",
      () => WordTokenizer.fromJSON({ ...WordTokenizer.fit("a").toJSON(), words: ["a", "a"] }),
      /not distinct/,
    ],
    [
      "what nobody saved",
      () => tokenizerFromJSON({ type: "bpe" }),
      /type is "bpe", expected one of characters, bytes, words/,
    ],
  ])("refuses %s", ([, make, message]) => expect(make).toThrow(message));
});

describe("HuggingFaceTokenizer", () => {
  const fixture = JSON.parse(readFileSync(new URL("../fixtures/tokenizer.json", import.meta.url), "utf8"));

  it("gives what Hugging Face's own library gives (test/fixtures/tokenizer.py)", async () => {
    const tokenizer = await HuggingFaceTokenizer.load(fixture.tokenizer);
    expect(tokenizer.size).toBe(fixture.size);
    for (const { text, plain, special, decoded } of fixture.cases) {
      expect([...tokenizer.encode(text)]).toEqual(plain);
      expect([...tokenizer.encode(text, { special: true })]).toEqual(special);
      expect(tokenizer.decode(special)).toBe(decoded);
    }
    expect([tokenizer.tokenOf("[SEP]"), tokenizer.tokenOf("no such")]).toEqual([2, undefined]);
    expect(() => tokenizer.decode([fixture.size])).toThrow(/expected an integer from 0 to/);
    expect((await HuggingFaceTokenizer.load(tokenizer.toJSON(), { library })).encode("the cat")).toEqual(
      tokenizer.encode("the cat"),
    );
  });

  it("says what to do about a file that is none", async () => {
    await expect(HuggingFaceTokenizer.load({})).rejects.toThrow(
      /does not read this \(.*\), expected the content of a tokenizer\.json/,
    );
  });
});

test("all are of one interface", async () => {
  const all: Tokenizer[] = [new CharTokenizer("ab "), new ByteTokenizer(), WordTokenizer.fit("ab a")];
  for (const tokenizer of all) expect(tokenizer.decode(tokenizer.encode("ab a"))).toBe("ab a");
  expect(saved(new CharTokenizer("ba"))).toBeInstanceOf(CharTokenizer);
});
