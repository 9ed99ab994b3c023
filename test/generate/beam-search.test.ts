import { describe, expect, it } from "vitest";
import { ArgumentError, DataError } from "../../src/errors.ts";
import { type BeamSearchOptions, beamSearch, type Hypothesis } from "../../src/generate/beam-search.ts";
import { generate } from "../../src/generate/generate.ts";
import { FakeDecoder, historyLogits, type Logits, markovLogits } from "./markov.ts";

interface Found {
  readonly tokens: readonly number[];
  readonly logProbability: number;
  readonly score: number;
  readonly ended: boolean;
}

/** Every hypothesis there is, the best first. */
function exhaustive(
  logits: Logits,
  prompt: readonly number[],
  { maxTokens, endToken, lengthPenalty = 0 }: Pick<BeamSearchOptions, "maxTokens" | "endToken" | "lengthPenalty">,
): Found[] {
  const found: Found[] = [];
  const visit = (tokens: readonly number[], logProbability: number): void => {
    const row = logits([...prompt, ...tokens]);
    const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
    row.forEach((logit, token) => {
      const next = logProbability + logit - total;
      const ended = token === endToken;
      const length = tokens.length + 1;
      const score = next / ((5 + length) / 6) ** lengthPenalty;
      if (ended) found.push({ tokens, logProbability: next, score, ended });
      else if (length === maxTokens) found.push({ tokens: [...tokens, token], logProbability: next, score, ended });
      else visit([...tokens, token], next);
    });
  };
  visit([], 0);
  return found.sort((a, b) => b.score - a.score);
}

function compare(got: readonly Hypothesis[], want: readonly Found[]): void {
  expect(got.map(({ tokens, ended }) => [[...tokens], ended])).toEqual(
    want.map(({ tokens, ended }) => [tokens, ended]),
  );
  got.forEach(({ logProbability, score }, i) => {
    expect(logProbability).toBeCloseTo((want[i] as Found).logProbability, 9);
    expect(score).toBeCloseTo((want[i] as Found).score, 9);
  });
}

describe("beamSearch against all hypotheses", () => {
  const cases = [1, 2, 3, 4, 5].flatMap((seed) =>
    [0, 0.6, 2].flatMap((lengthPenalty) => [undefined, 1].map((endToken) => ({ seed, lengthPenalty, endToken }))),
  );
  it.each(cases)("is exact with enough beams: %o", async ({ seed, ...rest }) => {
    const [vocabulary, maxTokens] = [3, 4];
    const logits = historyLogits(vocabulary, seed);
    const beams = vocabulary ** maxTokens;
    const decoder = new FakeDecoder(beams, vocabulary, logits);
    const [found] = await beamSearch(decoder, { prompt: [2, 0], beams, maxTokens, ...rest });
    compare(found as Hypothesis[], exhaustive(logits, [2, 0], { maxTokens, ...rest }).slice(0, beams));
  });

  it("with few beams finds what is no better, and often better than greedy", async () => {
    let better = 0;
    for (let seed = 0; seed < 40; seed++) {
      const logits = markovLogits(6, seed, 4);
      const options = { prompt: [0], maxTokens: 5, endToken: 5 };
      const all = exhaustive(logits, [0], options);
      const best = async (beams: number) => {
        const [found] = await beamSearch(new FakeDecoder(beams, 6, logits), { ...options, beams });
        // each is one of those there are, and the best stand first
        for (const { tokens, score, ended } of found as Hypothesis[]) {
          const same = all.find((one) => one.tokens.join() === tokens.join() && one.ended === ended);
          expect(score).toBeCloseTo(same?.score as number, 9);
        }
        const scores = (found as Hypothesis[]).map(({ score }) => score);
        expect(scores).toEqual([...scores].sort((a, b) => b - a));
        expect(scores).toHaveLength(beams);
        return scores[0] as number;
      };
      const [greedy, three] = [await best(1), await best(3)];
      expect(three).toBeLessThanOrEqual((all[0] as Found).score + 1e-9);
      if (three > greedy + 1e-9) better++;
    }
    expect(better).toBeGreaterThan(10);
  });
});

describe("beamSearch", () => {
  it.each([1, 2, 3, 4, 5, 6])("with one beam is greedy (%i)", async (seed) => {
    const logits = markovLogits(7, seed, 3);
    for (const endToken of [undefined, 2]) {
      const [found] = await beamSearch(new FakeDecoder(1, 7, logits), {
        prompt: [1],
        beams: 1,
        maxTokens: 12,
        endToken,
      });
      const stopTokens = endToken === undefined ? [] : [endToken];
      const greedy = { prompt: [1], maxTokens: 12, temperature: 0, stopTokens };
      const [written] = await generate(new FakeDecoder(1, 7, logits), greedy);
      expect(found?.[0]?.tokens).toEqual(written?.tokens);
      expect(found?.[0]?.ended).toBe(written?.reason === "stop");
    }
  });

  it("searches several sequences as it does each", async () => {
    const logits = markovLogits(5, 11, 3);
    const options = { beams: 3, maxTokens: 8, endToken: 4, lengthPenalty: 1 };
    const prompts = [
      [0, 1],
      [2, 2],
      [3, 0],
      [1, 1],
    ];
    const together = await beamSearch(new FakeDecoder(12, 5, logits), { ...options, prompt: prompts });
    for (const [i, prompt] of prompts.entries()) {
      const [alone] = await beamSearch(new FakeDecoder(3, 5, logits), { ...options, prompt });
      expect(together[i]).toEqual(alone);
    }
  });

  it("ends early with as many ends as beams, where it would go on for a better one", async () => {
    // ending at once has log ⅓ twice over; going on is nearly sure
    const logits: Logits = (context) => (context.length < 2 ? [0, 0, 0] : context.at(-1) === 0 ? [9, 0, 0] : [0, 9, 0]);
    const options = { prompt: [0], beams: 1, maxTokens: 6, endToken: 0, lengthPenalty: 2 };
    const early = new FakeDecoder(1, 3, logits);
    const [first] = await beamSearch(early, { ...options, earlyStopping: true });
    expect(first?.[0]).toMatchObject({ tokens: Int32Array.of(), ended: true });
    expect(early.fed).toHaveLength(0);
    const long = new FakeDecoder(1, 3, logits);
    const [second] = await beamSearch(long, options);
    expect(second?.[0]).toMatchObject({ tokens: Int32Array.of(1, 1, 1, 1, 1, 1), ended: false });
    expect(second?.[0]?.score).toBeGreaterThan(first?.[0]?.score as number);
  });

  it("stops when nothing better can come", async () => {
    const logits: Logits = () => [8, 0, 0];
    const decoder = new FakeDecoder(2, 3, logits);
    const [found] = await beamSearch(decoder, { prompt: [1], beams: 2, maxTokens: 50, endToken: 0 });
    expect(found?.map(({ tokens }) => tokens.length)).toEqual([0, 1]);
    expect(decoder.fed.length).toBeLessThan(3);
  });

  it("lives with tokens that cannot come and with fewer continuations than beams", async () => {
    const never = Number.NEGATIVE_INFINITY;
    const logits: Logits = (context) => (context.length < 3 ? [never, 0, never] : [never, 0, 1]);
    const decoder = new FakeDecoder(4, 3, logits);
    const [found] = await beamSearch(decoder, { prompt: [1], beams: 4, maxTokens: 3 });
    expect(found?.map(({ tokens }) => [...tokens])).toEqual([
      [1, 1, 2],
      [1, 1, 1],
    ]);
    const all = await beamSearch(decoder, { prompt: [1], beams: 4, maxTokens: 9, endToken: 1 });
    expect(all[0]?.map(({ tokens }) => [...tokens])).toEqual([[]]);
  });

  it.each<[string, Partial<BeamSearchOptions>, string]>([
    ["beams", { beams: 0 }, "beamSearch: beams is 0"],
    ["maxTokens", { maxTokens: 1.5 }, "maxTokens is 1.5"],
    ["a batch that is no multiple", { beams: 3 }, "the decoder's batch is 4, expected a multiple of beams 3"],
    ["a length penalty", { lengthPenalty: -1 }, "lengthPenalty is -1, expected a finite number ≥ 0"],
    ["an infinite length penalty", { lengthPenalty: Number.POSITIVE_INFINITY }, "lengthPenalty is Infinity"],
    ["a length penalty that is NaN", { lengthPenalty: Number.NaN }, "lengthPenalty is NaN"],
    ["half an end token", { endToken: 1.5 }, "endToken is 1.5"],
    ["a negative end token", { endToken: -1 }, "endToken is -1"],
    ["an end token", { endToken: 3 }, "endToken is 3, expected an integer from 0 to 2"],
    ["unequal prompts", { beams: 2, prompt: [[1], [1, 2]] }, "prompts have lengths 1, 2, expected equal ones"],
    [
      "too many prompts",
      { prompt: [[1], [1]] },
      "got 2 prompts, expected one for all sequences or one for each of the 1",
    ],
  ])("refuses %s", async (_, wrong, message) => {
    const call = beamSearch(new FakeDecoder(4, 3, markovLogits(3, 1)), {
      prompt: [1],
      beams: 4,
      maxTokens: 2,
      ...wrong,
    });
    await expect(call).rejects.toThrow("prompt" in wrong ? DataError : ArgumentError);
    await expect(call).rejects.toThrow(message);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("tells of logits that are %d", async (logit) => {
    const broken = new FakeDecoder(1, 2, () => [0, logit]);
    await expect(beamSearch(broken, { prompt: [1], beams: 1, maxTokens: 1 })).rejects.toThrow(`logit 1 is ${logit}`);
  });
});
