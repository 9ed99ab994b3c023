// Transcripts found by beam search, against all paths one by one.
import { describe, expect, it } from "vitest";
import { type CtcBeamSearchOptions, ctcBeamSearch, DataError, ShapeError, seededRandom } from "../../src/index.ts";

/** The probability of every transcript: all paths are walked, repetitions joined and blanks left out. */
function transcripts(probabilities: readonly (readonly number[])[], blank: number): Map<string, number> {
  const found = new Map<string, number>();
  const walk = (t: number, path: readonly number[], probability: number) => {
    const step = probabilities[t];
    if (step) {
      for (const [token, share] of step.entries()) walk(t + 1, [...path, token], probability * share);
      return;
    }
    const spelled = path.filter((token, i) => token !== blank && token !== path[i - 1]).join(" ");
    found.set(spelled, (found.get(spelled) ?? 0) + probability);
  };
  walk(0, [], 1);
  return found;
}

const softmax = (logits: readonly number[]) => {
  const powers = logits.map(Math.exp);
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
};

describe("ctcBeamSearch", () => {
  it.each([
    [1, 2, 0],
    [4, 3, 0],
    [5, 3, 1],
    [5, 4, 3],
  ])("with enough beams gives all transcripts of %i steps and %i classes, blank %i", (time, classes, blank) => {
    const random = seededRandom(time * 10 + classes);
    const logits = Array.from({ length: time }, () => Array.from({ length: classes }, () => 4 * random() - 2));
    const [row] = ctcBeamSearch(logits.flat(), { shape: [1, time, classes], beams: 10_000, blank });
    const expected = transcripts(logits.map(softmax), blank);
    const found = row?.map(({ tokens, logProbability }) => [tokens.join(" "), Math.exp(logProbability)] as const) ?? [];
    expect(found.map(([spelled]) => spelled).sort()).toEqual([...expected.keys()].sort());
    for (const [spelled, probability] of found) expect(probability).toBeCloseTo(expected.get(spelled) as number, 12);
    const order = found.map(([, probability]) => probability);
    expect(order).toEqual([...order].sort((a, b) => b - a));
  });

  it("adds up paths, where the likeliest class of each step would be another transcript", () => {
    const logits = [0.6, 0.4, 0.6, 0.4].map(Math.log);
    const [row] = ctcBeamSearch(logits, { shape: [1, 2, 2], beams: 2 });
    expect(row?.map(({ tokens }) => [...tokens])).toEqual([[1], []]);
    expect(Math.exp(row?.[0]?.logProbability as number)).toBeCloseTo(0.64, 12);
  });

  it("keeps to the lengths and the number of beams; what lies behind may be anything", () => {
    const sure = (token: number) => [0, 1, 2].map((each) => (each === token ? 9 : 0));
    const never = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const rows = [[1, 1, 0, 1].map(sure), [sure(2), sure(1), never, never], [never, never, never, never]].map((row) =>
      row.flat(),
    );
    const options: CtcBeamSearchOptions = { shape: [3, 4, 3], lengths: [4, 2, 0], beams: 3 };
    const found = ctcBeamSearch(Float32Array.from(rows.flat()), options);
    expect(found.map(([best]) => [...(best?.tokens ?? [])])).toEqual([[1, 1], [2, 1], []]);
    expect(found.map((row) => row.length)).toEqual([3, 3, 1]);
    expect(found[2]?.[0]?.logProbability).toBe(0);
  });

  it("leaves out what cannot be", () => {
    const [row] = ctcBeamSearch([Number.NEGATIVE_INFINITY, 0, 0, Number.NEGATIVE_INFINITY], { shape: [1, 2, 2] });
    expect(row).toEqual([{ tokens: Int32Array.of(1), logProbability: 0 }]);
  });

  it("says what does not fit", () => {
    const search =
      (options: CtcBeamSearchOptions, logits = [0, 0, 0, 0]) =>
      () =>
        ctcBeamSearch(logits, options);
    expect(search({ shape: [1, 2, 3] })).toThrow(ShapeError);
    expect(search({ shape: [1, 2, 3] })).toThrow(/got 4 logits, expected \[batch, time, classes\] = \[1, 2, 3\]/);
    expect(search({ shape: [1, 2, 2], blank: 2 })).toThrow(/blank is 2, expected a class from 0 to 1/);
    expect(search({ shape: [1, 2, 2], lengths: [3] })).toThrow(/length 0 is 3, expected an integer from 0 to 2/);
    expect(search({ shape: [1, 2, 2], lengths: [1, 1] })).toThrow(/got 2 lengths, expected one for each of 1 rows/);
    expect(search({ shape: [1, 2, 2] }, [0, Number.NaN, 0, 0])).toThrow(DataError);
    expect(search({ shape: [1, 2, 2] }, [0, 0, Number.NaN, 0])).toThrow(/ctcBeamSearch: logit 0 is NaN/);
  });
});
