import { describe, expect, it } from "vitest";
import { ArgumentError, DataError } from "../../src/errors.ts";
import { seededRandom } from "../../src/generate/random.ts";
import { type SamplingOptions, sampleToken, tokenProbabilities } from "../../src/generate/sampling.ts";

const DRAWS = 20_000;

/** Σ (count − expected)² / expected over the tokens that may come; throws where one comes that may not. */
function chiSquare(logits: readonly number[], options: SamplingOptions, expected: readonly number[], seed = 1): number {
  const random = seededRandom(seed);
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < DRAWS; i++) {
    const token = sampleToken(logits, options, random);
    counts[token] = (counts[token] as number) + 1;
  }
  return counts.reduce((sum, count, token) => {
    const mean = DRAWS * (expected[token] as number);
    if (mean === 0) {
      expect(count).toBe(0);
      return sum;
    }
    return sum + (count - mean) ** 2 / mean;
  }, 0);
}

const logsOf = (weights: readonly number[]) => weights.map(Math.log);
const close = (got: ArrayLike<number>, want: readonly number[]) => {
  expect(got.length).toBe(want.length);
  want.forEach((value, i) => {
    expect(got[i]).toBeCloseTo(value, 12);
  });
};

describe("what is drawn", () => {
  const weights = [5, 1, 20, 4, 0, 10];
  const logits = logsOf(weights);
  it.each<[string, SamplingOptions, number[]]>([
    ["all tokens", {}, [5 / 40, 1 / 40, 20 / 40, 4 / 40, 0, 10 / 40]],
    ["temperature ½ squares the weights", { temperature: 0.5 }, [25, 1, 400, 16, 0, 100].map((w) => w / 542)],
    ["the three likeliest", { topK: 3 }, [5 / 35, 0, 20 / 35, 0, 0, 10 / 35]],
    ["more than there are", { topK: 100 }, [5 / 40, 1 / 40, 20 / 40, 4 / 40, 0, 10 / 40]],
    ["a nucleus of 0.7", { topP: 0.7 }, [0, 0, 20 / 30, 0, 0, 10 / 30]],
    ["a nucleus of 0.8", { topP: 0.8 }, [5 / 35, 0, 20 / 35, 0, 0, 10 / 35]],
    ["a nucleus among the three likeliest", { topK: 3, topP: 0.8 }, [0, 0, 20 / 30, 0, 0, 10 / 30]],
    ["the nucleus is that of the tempered", { temperature: 0.5, topP: 0.7 }, [0, 0, 1, 0, 0, 0]],
  ])("%s", (_, options, expected) => {
    close(tokenProbabilities(logits, options), expected);
    // with up to four degrees of freedom it is above 23.5 once in ten thousand times
    for (const seed of [1, 2, 3]) expect(chiSquare(logits, options, expected, seed)).toBeLessThan(23.5);
  });

  it("temperature 0 takes the likeliest, the first of equal ones", () => {
    expect(sampleToken([-5, 3, 3, 2], { temperature: 0 }, () => 0.999999)).toBe(1);
    expect(sampleToken([Number.NEGATIVE_INFINITY, -7], { temperature: 0 }, () => 0)).toBe(1);
    close(tokenProbabilities([1, 4, 4], { temperature: 0, topK: 2, topP: 0.9 }), [0, 1, 0]);
  });

  it("of equal tokens the first are kept", () => {
    close(tokenProbabilities([0, 0, 0, 0], { topK: 3 }), [1 / 3, 1 / 3, 1 / 3, 0]);
    close(tokenProbabilities([0, 1, 0, 0], { topK: 2 }), [1 / (1 + Math.E), Math.E / (1 + Math.E), 0, 0]);
    close(tokenProbabilities([0, 0, 0, 0], { topP: 0.6 }), [1 / 3, 1 / 3, 1 / 3, 0]);
    close(tokenProbabilities([0, 0, 0, 0], { topK: 1 }), [1, 0, 0, 0]);
  });

  it("what weighs nothing never comes", () => {
    const never = Number.NEGATIVE_INFINITY;
    close(tokenProbabilities([never, 0, never, 0]), [0, 0.5, 0, 0.5]);
    close(tokenProbabilities([never, 0, never, 0], { topK: 3 }), [0, 0.5, 0, 0.5]);
    for (const number of [0, 0.25, 0.5, 0.75, 1 - 2 ** -32]) {
      expect([1, 3]).toContain(sampleToken([never, 0, never, 0], {}, () => number));
    }
  });

  it("stays finite at extremes", () => {
    expect(sampleToken([1000, -1000, 0], { temperature: 1e-9 }, () => 0.999999)).toBe(0);
    close(tokenProbabilities([-1e30, 1e30], { temperature: 1e-30 }), [0, 1]);
    close(tokenProbabilities([5]), [1]);
    close(tokenProbabilities([1e-30, 0], { topP: 1e-300 }), [1, 0]);
  });

  it("what came already is weakened, whatever its sign", () => {
    const options = { repetitionPenalty: 2 };
    const weight = (logit: number) => Math.exp(logit);
    const total = weight(1) + weight(-6) + weight(2) + weight(0);
    close(
      tokenProbabilities([2, -3, 2, 0], options, [0, 1, 1, 3]),
      [1, -6, 2, 0].map((logit) => weight(logit) / total),
    );
    close(tokenProbabilities([2, -3], {}, [0, 1]), [...tokenProbabilities([2, -3])]);
  });
});

describe("refuses", () => {
  it.each<[string, SamplingOptions, string]>([
    ["temperature below 0", { temperature: -0.1 }, "sampleToken: temperature is -0.1, expected a number from 0 on"],
    ["temperature NaN", { temperature: Number.NaN }, "temperature is NaN"],
    ["temperature Infinity", { temperature: Number.POSITIVE_INFINITY }, "temperature is Infinity"],
    ["topK 0", { topK: 0 }, "topK is 0, expected an integer from 1 on"],
    ["topK 1.5", { topK: 1.5 }, "topK is 1.5"],
    ["topP 0", { topP: 0 }, "topP is 0, expected 0 < topP ≤ 1"],
    ["topP above 1", { topP: 1.01 }, "topP is 1.01"],
    [
      "an infinite repetition penalty",
      { repetitionPenalty: Number.POSITIVE_INFINITY },
      "repetitionPenalty is Infinity",
    ],
    ["a repetition penalty that is NaN", { repetitionPenalty: Number.NaN }, "repetitionPenalty is NaN"],
    ["topK NaN", { topK: Number.NaN }, "topK is NaN"],
    ["topP NaN", { topP: Number.NaN }, "topP is NaN"],
    ["a repetition penalty below 1", { repetitionPenalty: 0.5 }, "repetitionPenalty is 0.5"],
  ])("%s", (_, options, message) => {
    expect(() => sampleToken([1, 2], options, () => 0)).toThrow(ArgumentError);
    expect(() => sampleToken([1, 2], options, () => 0)).toThrow(message);
  });

  it.each([
    ["NaN", [1, Number.NaN, 2], "logit 1 is NaN"],
    ["Infinity", [1, 2, Number.POSITIVE_INFINITY], "logit 2 is Infinity"],
    ["nothing that may come", [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], "all 2 logits are -Infinity"],
  ])("logits with %s", (_, logits, message) => {
    for (const temperature of [0, 1]) {
      expect(() => sampleToken(logits, { temperature }, () => 0)).toThrow(DataError);
      expect(() => sampleToken(logits, { temperature }, () => 0)).toThrow(message);
    }
  });
});

describe("edges", () => {
  it("top-p takes no more where the sum is exactly p", () => {
    // powers of two: sums without rounding
    const logits = [0.5, 0.25, 0.125, 0.125].map(Math.log);
    const equal = [0, 0, 0, 0];
    const keeps = (given: number[], topP: number) =>
      [...tokenProbabilities(given, { topP })].map((probability) => (probability > 0 ? 1 : 0));
    expect(keeps(equal, 0.25)).toEqual([1, 0, 0, 0]);
    expect(keeps(equal, 0.5)).toEqual([1, 1, 0, 0]);
    expect(keeps(equal, 0.75)).toEqual([1, 1, 1, 0]);
    expect(keeps(equal, 0.75 + 2 ** -53)).toEqual([1, 1, 1, 1]);
    expect(keeps(equal, 0.5 - 2 ** -54)).toEqual([1, 1, 0, 0]);
    expect(keeps(logits, 0.4)).toEqual([1, 0, 0, 0]);
    expect(keeps(logits, 0.6)).toEqual([1, 1, 0, 0]);
    // of equal ones the lower tokens
    expect(keeps(logits, 0.8)).toEqual([1, 1, 1, 0]);
    expect(keeps(logits, 1)).toEqual([1, 1, 1, 1]);
    expect([...tokenProbabilities(equal, { topP: 0.5 })]).toEqual([0.5, 0.5, 0, 0]);
  });

  it("top-p of 1 keeps all, however small what is left, and top-k as many as there are", () => {
    const logits = [0, -50, -1];
    for (const options of [{ topP: 1 }, { topK: 3 }, { topK: 4 }, { topK: 3, topP: 1 }]) {
      expect([...tokenProbabilities(logits, options)]).toEqual([...tokenProbabilities(logits)]);
    }
    expect(tokenProbabilities(logits, { topP: 1 })[1]).toBeGreaterThan(0);
    // 1 - 2⁻⁵³ is reached without it
    expect(tokenProbabilities(logits, { topP: 1 - 2 ** -53 })[1]).toBe(0);
  });

  it("a number draws the token into whose share it falls, the upper one at a border", () => {
    const drawn = (logits: number[], ...numbers: number[]) =>
      numbers.map((number) => sampleToken(logits, {}, () => number));
    expect(drawn([0, 0], 0, 0.5 - 2 ** -54, 0.5, 1 - 2 ** -53)).toEqual([0, 0, 1, 1]);
    expect(drawn([0, 0, 0, 0], 0.25, 0.5, 0.75)).toEqual([1, 2, 3]);
  });

  it("the penalty divides what is above 0 and multiplies the rest, on both sides of 1, 0 and -1", () => {
    for (const logit of [2, 1, 0.5, 1e-3, 0, -1e-3, -0.5, -1, -2]) {
      const wanted = logit > 0 ? logit / 1.5 : logit * 1.5;
      const odds = Math.exp(wanted - 0.25);
      const [, penalized] = tokenProbabilities([0.25, logit], { repetitionPenalty: 1.5 }, [1, 1]);
      expect(penalized, String(logit)).toBeCloseTo(odds / (1 + odds), 12);
    }
  });
});

describe("random numbers", () => {
  const take = (seed: number, stream?: number) => {
    const random = seededRandom(seed, stream);
    return Array.from({ length: 1000 }, random);
  };

  it("are the same for the same seed, and others for others, large ones and streams", () => {
    expect(take(7)).toEqual(take(7));
    const all = [take(7), take(8), take(7 + 2 ** 32), take(7, 1), take(7, 2), take(8, 1)].flat();
    // two equal numbers among 6000 of 2³² come by chance once in 240 times
    expect(new Set(all).size).toBeGreaterThan(5998);
  });

  it("are even", () => {
    const counts = new Array<number>(10).fill(0);
    const random = seededRandom(3);
    for (let i = 0; i < DRAWS; i++) {
      const tenth = Math.floor(10 * random());
      counts[tenth] = (counts[tenth] as number) + 1;
    }
    const chi = counts.reduce((sum, count) => sum + (count - DRAWS / 10) ** 2 / (DRAWS / 10), 0);
    expect(chi).toBeLessThan(33.7);
  });
});
