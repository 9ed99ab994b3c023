// Against sacreBLEU, rouge_score and jiwer (test/fixtures/text-metrics.py), and what is refused.
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { ArgumentError, DataError } from "../../src/errors.ts";
import { metrics } from "../../src/index.ts";

interface Corpus {
  readonly texts: readonly string[];
  readonly references: readonly (readonly string[])[];
  readonly bleu: readonly (readonly [metrics.BleuOptions, metrics.Bleu])[];
  readonly chrf: readonly (readonly [metrics.ChrfOptions, number])[];
  readonly rouge: readonly (readonly [metrics.RougeOptions, metrics.Rouge])[];
  /** Where there is one reference for each text. */
  readonly errors: { readonly words: number; readonly characters: number } | null;
}
const file = new URL("../fixtures/text-metrics.json", import.meta.url);
const corpora: Readonly<Record<string, Corpus>> = JSON.parse(readFileSync(file, "utf8"));

/** All numbers of an object, by name. */
const close = (got: object, want: object) => {
  expect(Object.keys(got)).toEqual(Object.keys(want));
  for (const [name, value] of Object.entries(want)) {
    const found = (got as Record<string, number | number[]>)[name];
    for (const [i, each] of [value].flat().entries()) expect([found].flat()[i], `${name} ${i}`).toBeCloseTo(each, 8);
  }
};

describe.each(Object.entries(corpora))("%s", (_, { texts, references, bleu, chrf, rouge, errors }) => {
  it.each(bleu)("has sacreBLEU's BLEU with %j", (options, want) => {
    close(metrics.bleu(texts, references, options), want);
  });
  it.each(chrf)("has sacreBLEU's chrF with %j", (options, want) => {
    expect(metrics.chrf(texts, references, options)).toBeCloseTo(want, 8);
  });
  it.each(rouge)("has rouge_score's ROUGE with %j", (options, want) => {
    close(metrics.rouge(texts, references, options), want);
  });
  if (!errors) return;
  it("has jiwer's error rates", () => {
    const right = references.map(([first]) => first as string);
    expect(metrics.wordErrorRate(texts, right)).toBeCloseTo(errors.words, 12);
    expect(metrics.characterErrorRate(texts, right)).toBeCloseTo(errors.characters, 12);
  });
});

test("a reference may be a string, and options default", () => {
  const { texts, references } = corpora.sentences as Corpus;
  const single = references.map(([first]) => first as string);
  expect(metrics.bleu(texts, single)).toEqual(metrics.bleu(texts, references));
  expect(metrics.chrf(texts, single)).toBe(
    metrics.chrf(texts, references, { characterOrder: 6, wordOrder: 0, beta: 2 }),
  );
  expect(metrics.rouge(texts, single)).toEqual(metrics.rouge(texts, references, { order: "L" }));
});

test("an astral character is one, in rates and in runs", () => {
  expect(metrics.characterErrorRate(["😀b"], ["😁b"])).toBe(0.5);
  expect(metrics.bleu(["😀 😁"], ["😀 😂"], { tokenize: "characters", maxOrder: 1 }).score).toBeCloseTo(50, 10);
});

test.each<readonly [() => unknown, string]>([
  [() => metrics.bleu(["a"], []), "metrics.bleu: got 1 texts and 0 references"],
  [() => metrics.chrf([], []), "metrics.chrf: got 0 texts and 0 references, expected as many, and at least one"],
  [() => metrics.rouge(["a", 1 as never], ["a", "b"]), "metrics.rouge: text 1 is 1, expected a string"],
  [() => metrics.bleu(["a"], [[]]), "metrics.bleu: reference 0 is []"],
  [() => metrics.bleu("a" as never, ["a"]), 'metrics.bleu: texts is "a", expected an array'],
  [() => metrics.wordErrorRate(["a"], [["a", "b"]] as never), "a text has 2 references, expected one"],
  [() => metrics.characterErrorRate(["a"], [""]), "the references are empty"],
])("%s is refused", (call, text) => {
  expect(call).toThrow(DataError);
  expect(call).toThrow(text);
});

test("unknown options are refused", () => {
  expect(() => metrics.bleu(["a"], ["a"], { lowercase: true } as never)).toThrow(ArgumentError);
  expect(() => metrics.bleu(["a"], ["a"], { tokenize: "intl" as never })).toThrow('tokenize is "intl"');
  expect(() => metrics.rouge(["a"], ["a"], { order: "S" as never })).toThrow('order is "S"');
});
