import { describe, expect, it, test } from "vitest";
import { Batches, difference, integrate, windows } from "../../src/data/index.ts";

const table = Array.from({ length: 8 }, (_, t) => [t, t * 10, t * 100]);
const { NaN: missing } = Number;

describe("windows", () => {
  it("gives windows and what follows, of the columns asked for", () => {
    const { x, y, starts } = windows(table, { window: 3, horizon: 2, gap: 1, stride: 2, inputs: [0, 2], outputs: [1] });
    expect([...starts]).toEqual([0, 2]);
    expect([x.shape, y.shape]).toEqual([
      [2, 3, 2],
      [2, 2, 1],
    ]);
    expect([...x]).toEqual([0, 0, 1, 100, 2, 200, 2, 200, 3, 300, 4, 400]);
    expect([...y]).toEqual([40, 50, 60, 70]);
    const [batch] = new Batches({ x, y }, { batchSize: 2 });
    expect(batch?.x.shape).toEqual([2, 3, 2]);
  });

  it("takes a series, and cuts as many as there are", () => {
    const { x, y } = windows(Float64Array.of(1, 2, 3, 4), { window: 2 });
    expect([[...x], x.shape, [...y], y.shape]).toEqual([
      [1, 2, 2, 3],
      [2, 2, 1],
      [3, 4],
      [2, 1, 1],
    ]);
    expect(windows([1, 2, 3], { window: 2 }).starts).toHaveLength(1);
  });

  it("loses no missing number in silence", () => {
    const series = [1, 2, missing, 4, 5, 6, 7];
    expect(() => windows(series, { window: 2 })).toThrow(/row 2 is missing, expected a number; fill it/);
    expect([...windows(series, { window: 2, missing: "skip" }).starts]).toEqual([3, 4]);
    expect([...windows(series, { window: 2, missing: "keep" }).y]).toEqual([missing, 4, 5, 6, 7]);
    // only columns that are asked for count
    expect(
      windows(
        [
          [1, missing],
          [2, missing],
        ],
        { window: 1, inputs: [0], outputs: [0] },
      ).starts,
    ).toHaveLength(1);
  });

  test.for<[string, () => unknown, RegExp]>([
    [
      "a series that is too short",
      () => windows([1, 2, 3], { window: 3 }),
      /has 3 steps, expected at least window \+ gap \+ horizon = 3 \+ 0 \+ 1 = 4/,
    ],
    ["a column that there is not", () => windows(table, { window: 1, outputs: [3] }), /outputs has 3, expected 0 to 2/],
    ["no columns", () => windows(table, { window: 1, inputs: [] }), /inputs has no column/],
    ["gaps in every window", () => windows([1, missing, 2], { window: 2, missing: "skip" }), /missing in every window/],
    [
      "a table of three axes",
      () => windows([[[1]]], { window: 1 }),
      /has shape \[1, 1, 1\], expected \[time\] or \[rows, columns\]/,
    ],
  ])("refuses %s", ([, make, message]) => expect(make).toThrow(message));
});

describe("difference", () => {
  it("is undone by integrate, which a forecast goes on with", () => {
    const series = Array.from({ length: 30 }, (_, t) => [t * t + Math.sin(t), 3 * t]);
    for (const options of [{}, { lag: 4 }, { order: 2 }, { lag: 3, order: 3 }]) {
      const [first, rest] = [series.slice(0, 24), series.slice(24)];
      const whole = difference(series, options);
      const lost = (options.lag ?? 1) * (options.order ?? 1);
      expect(whole.data.shape).toEqual([30 - lost, 2]);
      const close = (got: ArrayLike<number>, expected: number[]) => {
        expect(got).toHaveLength(expected.length);
        for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 8);
      };
      close(integrate(whole.data, { start: whole.start }), series.flat());
      // the true differences behind the first part are the best forecast
      const forecast = Object.assign(whole.data.slice((24 - lost) * 2), { shape: [6, 2] });
      close(integrate(forecast, { end: difference(first, options).end }), rest.flat());
    }
    expect([...difference([1, 4, 9, missing]).data]).toEqual([3, 5, missing]);
    expect(() => difference([1, 2], { lag: 2 })).toThrow(/has 2 rows, expected more than lag · order = 2 · 1/);
    expect(() => integrate([[1, 2]], { start: difference([1, 2]).start })).toThrow(/start has 1 columns, expected 2/);
  });
});
