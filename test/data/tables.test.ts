// Scalers against scikit-learn, gaps, outliers and calendars against pandas and NumPy (test/fixtures/tables.py).
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import {
  type CalendarPart,
  calendarFeatures,
  type FillMethod,
  fillMissing,
  findOutliers,
  Scaler,
} from "../../src/data/index.ts";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/tables.json", import.meta.url), "utf8"));
const { NaN: missing } = Number;
const numbers = (values: (number | null)[]) => Float64Array.from(values, (value) => value ?? missing);
const rowsOf = (values: (number | null)[], columns: number) =>
  Array.from({ length: values.length / columns }, (_, i) => [...numbers(values.slice(i * columns, (i + 1) * columns))]);

function expectClose(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++) {
    if (Number.isNaN(expected[i])) expect(got[i], `at ${i}`).toBeNaN();
    else
      expect(Math.abs((got[i] as number) - (expected[i] as number)), `at ${i}`).toBeLessThan(
        1e-9 * (1 + Math.abs(expected[i] as number)),
      );
  }
}

describe("Scaler", () => {
  it("scales as scikit-learn does, and back", () => {
    const [table, other] = [rowsOf(fixture.table, 4), rowsOf(fixture.other, 4)];
    for (const { options, own, other: expected } of fixture.scaled) {
      const scaler = Scaler.fit(table, options);
      const scaled = scaler.transform(table);
      expect(scaled.shape).toEqual([12, 4]);
      expectClose(scaled, numbers(own));
      expectClose(scaler.transform(other), numbers(expected));
      const saved = Scaler.fromJSON(JSON.parse(JSON.stringify(scaler)));
      expectClose(saved.inverse(saved.transform(other)), other.flat());
      expectClose(
        scaler.inverse(
          scaler.transform(other).filter((_, i) => i % 4 === 1),
          { columns: [1] },
        ),
        other.map((row) => row[1] as number),
      );
    }
  });

  it("scales the last axis of anything, and a series as one column", () => {
    const scaler = Scaler.fit(Float32Array.of(1, 3));
    expect([...scaler.transform([5, missing])]).toEqual([3, missing]);
    const windows = Object.assign(new Float32Array(12), { shape: [2, 3, 2] });
    expect(
      Scaler.fit([
        [0, 5],
        [2, 5],
      ]).transform(windows),
    ).toMatchObject({ shape: [2, 3, 2], 0: -1, 1: -5 });
  });

  test.for<[string, () => unknown, RegExp]>([
    [
      "infinities",
      () =>
        Scaler.fit([
          [1, 2],
          [3, -Infinity],
        ]),
      /row 1, column 1 is -Infinity/,
    ],
    [
      "a column of nothing",
      () =>
        Scaler.fit([
          [1, missing],
          [2, missing],
        ]),
      /column 1 has no known number/,
    ],
    ["ragged rows", () => Scaler.fit([[1, 2], [3]]), /at \[1\] has shape \[1\]/],
    ["other columns", () => Scaler.fit([[1, 2]]).transform([[1]]), /table has 1 columns, expected 2/],
    [
      "a column that was not fitted",
      () => Scaler.fit([[1, 2]]).inverse([1], { columns: [2] }),
      /columns has 2, expected 0 to 1/,
    ],
    ["an option of another kind", () => Scaler.fit([1], { range: [0, 1] }), /range of a standard scaler/],
    ["a range that falls", () => Scaler.fit([1], { kind: "min-max", range: [1, 1] }), /expected two ascending numbers/],
    ["what is no scaler", () => Scaler.fromJSON({ type: "scaler", center: [1], scale: [0] }), /not a saved scaler/],
  ])("refuses %s", ([, make, message]) => expect(make).toThrow(message));
});

describe("fillMissing", () => {
  const series = numbers(fixture.series);

  it("fills as pandas does", () => {
    for (const method of ["forward", "backward", "linear", "mean"] as FillMethod[]) {
      const { data, left } = fillMissing(series, { method, rest: "keep" });
      expectClose(data, numbers(fixture.filled[method]));
      expect(left[0]).toBe([...data].filter(Number.isNaN).length);
    }
    expectClose(fillMissing(series, { times: fixture.times, rest: "keep" }).data, numbers(fixture.filled.times));
    expect([...fillMissing(series, { method: "zero" }).data]).toEqual([0, 2, 0, 0, 8, 1, 0, 3.5, 0]);
  });

  it("says what it did, column by column", () => {
    const table = [
      [1, missing],
      [missing, 4],
      [5, missing],
    ];
    const { data, mask, means, missing: count, left } = fillMissing(table, { method: "mean", means: [9, 8] });
    expect([...data]).toEqual([1, 8, 9, 4, 5, 8]);
    expect(data.shape).toEqual([3, 2]);
    expect([...mask]).toEqual([1, 0, 0, 1, 1, 0]);
    expect([means, count, left]).toEqual([
      [3, 4],
      [1, 2],
      [0, 0],
    ]);
    const channels = fillMissing(table, { maskChannels: true, rest: "nearest" }).data;
    expect(channels.shape).toEqual([3, 4]);
    expect([...channels]).toEqual([1, 4, 1, 0, 3, 4, 0, 1, 5, 4, 1, 0]);
    expect([...fillMissing(table, { rest: "zero" }).data]).toEqual([1, 0, 3, 4, 5, 0]);
    expect([
      ...fillMissing([missing, 1, missing, missing, missing, 3], { method: "forward", rest: "mean" }).data,
    ]).toEqual([2, 1, 1, 1, 1, 3]);
    const ends = [missing, 1, missing, missing, missing, 3, missing];
    expect([...fillMissing(ends, { method: "forward", rest: "nearest" }).data]).toEqual([1, 1, 1, 1, 1, 3, 3]);
    expect(table[0]).toEqual([1, missing]);
  });

  test.for<[string, () => unknown, RegExp]>([
    [
      "gaps at the ends",
      () =>
        fillMissing([
          [1, 1],
          [2, missing],
        ]),
      /row 1, column 1 is still missing, expected that linear fills it; pass rest/,
    ],
    [
      "a column of nothing",
      () => fillMissing([missing, missing], { rest: "mean" }),
      /row 0 is still missing, expected that linear or mean fills it/,
    ],
    ["times that mean nothing", () => fillMissing([1, 2], { times: [1, 2], method: "zero" }), /times with method zero/],
    ["times that do not ascend", () => fillMissing([1, 2], { times: [3, 3] }), /times: row 1 is not later than row 0/],
    ["a time that is missing", () => calendarFeatures([0, null]), /times: row 1 is missing/],
    ["times of other rows", () => fillMissing([1, 2], { times: [3] }), /times has 1 entries, expected 2/],
    [
      "a time that is none",
      () => fillMissing([1, 2], { times: ["2020-01-01", "yesterday"] }),
      /times: row 1 is "yesterday"/,
    ],
    ["means of other columns", () => fillMissing([1], { means: [1, 2] }), /means has 2 numbers, expected 1/],
  ])("refuses %s", ([, make, message]) => expect(make).toThrow(message));
});

describe("findOutliers", () => {
  it("finds the bounds of NumPy, and handles what lies beyond", () => {
    for (const method of ["z", "iqr", "mad"] as const) {
      const { bounds, rows, data, kept } = findOutliers(fixture.values, { method });
      expectClose([...(bounds[0] ?? [])], fixture.bounds[method]);
      const [low, high] = fixture.bounds[method];
      expect(rows[0]).toEqual(
        fixture.values.flatMap((value: number, row: number) => (value < low || value > high ? [row] : [])),
      );
      expect(rows[0]?.length).toBeGreaterThan(0);
      expect([[...data], kept.length]).toEqual([fixture.values, fixture.values.length]);
    }
    const table = [
      [1, 9],
      [50, 9],
      [2, missing],
      [3, -9],
    ];
    const bounds = [
      [0, 3],
      [0, 10],
    ] as const;
    expect([...findOutliers(table, { bounds, action: "clip" }).data]).toEqual([1, 9, 3, 9, 2, missing, 3, 0]);
    expect([...findOutliers(table, { bounds, action: "missing" }).data]).toEqual([
      1,
      9,
      missing,
      9,
      2,
      missing,
      3,
      missing,
    ]);
    const dropped = findOutliers(table, { bounds, action: "drop" });
    expect([[...dropped.data], dropped.data.shape, [...dropped.kept], dropped.rows]).toEqual([
      [1, 9, 2, missing],
      [2, 2],
      [0, 2],
      [[1], [3]],
    ]);
    expect(() => findOutliers([1, Infinity])).toThrow(/row 1 is Infinity/);
    expect(() => findOutliers([1], { bounds: [[1, 0]] })).toThrow(/expected an array of two ascending numbers/);
  });
});

test("calendarFeatures tells what pandas tells", () => {
  const parts = Object.keys(fixture.calendar) as CalendarPart[];
  const { data, names } = calendarFeatures(fixture.stamps, { parts, encoding: "number" });
  expect([names, data.shape]).toEqual([parts, [5, 7]]);
  for (const [column, part] of parts.entries()) {
    expect(
      [...data].filter((_, i) => i % 7 === column),
      part,
    ).toEqual(fixture.calendar[part]);
  }
  const cyclic = calendarFeatures(["2024-06-01 07:00+0100", new Date(Date.UTC(2024, 5, 1, 18))], {
    parts: ["hour", "weekend"],
  });
  expect(cyclic.names).toEqual(["hour sin", "hour cos", "weekend"]);
  expectClose(
    cyclic.data.map((value) => Math.round(value * 1e6) / 1e6),
    [1, 0, 1, -1, 0, 1],
  );
  expect([...calendarFeatures([0], { parts: ["hour"], encoding: "number", offset: -60 }).data]).toEqual([23]);
  // what Date would take by the machine's zone, or for another day
  for (const time of ["2020-13-01", "2020-02-30", "1/2/2020", "2020-1-2", ""]) {
    expect(() => calendarFeatures([time])).toThrow(`row 0 is ${JSON.stringify(time)}`);
  }
});
