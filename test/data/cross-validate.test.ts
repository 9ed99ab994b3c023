import { expect, expectTypeOf, test } from "vitest";
import { crossValidate, kFold, search } from "../../src/data/index.ts";

const data = { x: [1, 2, 3, 4, 5, 6], y: Float64Array.of(2, 4, 6, 8, 10, 13) };
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

test("crossValidate trains on some rows and tests the others, and tells means and deviations", async () => {
  const seen: unknown[] = [];
  const { score } = await crossValidate(
    (train, test, fold) => {
      seen.push([train.x, [...test.y], fold]);
      return mean(test.y) - mean(train.y);
    },
    data,
    { folds: 3 },
  );
  expect(seen[1]).toEqual([[1, 2, 5, 6], [6, 8], 1]);
  expect(seen).toHaveLength(3);
  const values = [3 - 9.25, 7 - 7.25, 11.5 - 5];
  expect(score?.values).toEqual(values);
  expect(score?.mean).toBeCloseTo(mean(values), 12);
  expect(score?.deviation).toBeCloseTo(Math.sqrt(values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / 2), 12);
});

test("crossValidate takes splits, several scores and promises, and keeps NaN", async () => {
  const splits = kFold(6, { folds: 2, shuffle: 1 });
  const scores = await crossValidate(async (train) => ({ rows: train.x.length, loss: Number.NaN }), data, {
    folds: splits,
  });
  expect(scores.rows).toEqual({ mean: 3, deviation: 0, values: [3, 3] });
  expect(scores.loss).toEqual({ mean: Number.NaN, deviation: Number.NaN, values: [Number.NaN, Number.NaN] });
});

test("search tries every combination and ranks them", async () => {
  const found = await search(
    (_train, test, { hidden, rate }) => {
      expectTypeOf(hidden).toEqualTypeOf<1 | 2 | 3>();
      return { loss: (hidden - 2) ** 2 + rate, rows: test.x.length };
    },
    data,
    { space: { hidden: [1, 2, 3], rate: [0.5, 0.1] }, folds: 2 },
  );
  expect(found.trials).toHaveLength(6);
  expect(found.best.options).toEqual({ hidden: 2, rate: 0.1 });
  expect(found.best.scores.loss?.mean).toBeCloseTo(0.1, 12);
  expect(found.trials.map(({ scores }) => scores.loss?.mean)).toEqual(
    found.trials.map(({ scores }) => scores.loss?.mean as number).toSorted((a, b) => a - b),
  );
  const best = await search((_a, _b, { hidden }) => ({ x: 0, y: hidden === 3 ? Number.NaN : hidden }), data, {
    space: { hidden: [1, 2, 3] },
    folds: 2,
    goal: "max",
    metric: "y",
  });
  expect(best.trials.map(({ options }) => options.hidden)).toEqual([2, 1, 3]);
});

test("search draws from ranges, by the seed", async () => {
  const options = (seed: number) => ({
    space: {
      rate: { from: 1e-4, to: 1, scale: "log" },
      units: { from: 2, to: 5, integer: true },
      cell: ["gru", "lstm"],
    } as const,
    trials: 200,
    seed,
    folds: 2,
  });
  const run = (seed: number) => search((_a, _b, { rate }) => rate, data, options(seed));
  const { trials } = await run(1);
  expect((await run(1)).trials).toEqual(trials);
  expect((await run(2)).trials).not.toEqual(trials);
  const rates = trials.map(({ options }) => options.rate as number);
  for (const [from, to] of [
    [1e-4, 1e-3],
    [1e-3, 1e-2],
    [1e-2, 0.1],
    [0.1, 1],
  ] as const) {
    // 50 each; four deviations are 25
    expect(Math.abs(rates.filter((rate) => rate >= from && rate < to).length - 50)).toBeLessThan(25);
  }
  expect(new Set(trials.map(({ options }) => options.units))).toEqual(new Set([2, 3, 4, 5]));
  expect(new Set(trials.map(({ options }) => options.cell))).toEqual(new Set(["gru", "lstm"]));
});

test.for<[string, () => Promise<unknown>, RegExp]>([
  [
    "data of unequally many rows",
    () => crossValidate(() => 1, { x: [1, 2], y: [1] }, { folds: 2 }),
    /y has 1 rows, expected 2/,
  ],
  [
    "a score that is none",
    () => crossValidate(() => "good" as never, data, { folds: 2 }),
    /fold 0 gave "good", expected a score/,
  ],
  [
    "a named score that is none",
    () => crossValidate(() => ({ a: null }) as never, data, { folds: 2 }),
    /fold 0 gave a null/,
  ],
  [
    "other scores",
    () => crossValidate((_a, _b, fold): Record<string, number> => (fold ? { b: 1 } : { a: 1 }), data, { folds: 2 }),
    /fold 1 gave b, expected a/,
  ],
  [
    "splits of other data",
    () => crossValidate(() => 1, data, { folds: kFold(9, { folds: 3 }) }),
    /row [678], expected 0 to 5/,
  ],
  ["an empty space", () => search(() => 1, data, { space: {}, folds: 2 }), /space is empty/],
  [
    "a range without trials",
    () => search(() => 1, data, { space: { a: { from: 0, to: 1 } }, folds: 2 }),
    /space\.a is a range.*pass trials/,
  ],
  [
    "a logarithmic range from 0",
    () => search(() => 1, data, { space: { a: { from: 0, to: 1, scale: "log" } }, folds: 2, trials: 1 }),
    /ascending ends above 0/,
  ],
  [
    "a metric that there is not",
    () => search(() => ({ a: 1 }), data, { space: { a: [1] }, folds: 2, metric: "b" }),
    /metric is "b", expected one of a/,
  ],
  [
    "nothing finite",
    () => search(() => Number.NaN, data, { space: { a: [1] }, folds: 2 }),
    /none of 1 trials has a finite score/,
  ],
])("cross-validation refuses %s", async ([, run, message]) => {
  await expect(run()).rejects.toThrow(message);
});
