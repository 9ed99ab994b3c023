// Splits against scikit-learn's (test/fixtures/splits.py), and what is refused.
import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import {
  forwardChaining,
  groupKFold,
  holdout,
  kFold,
  type Split,
  stratifiedKFold,
  takeRows,
} from "../../src/data/index.ts";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/splits.json", import.meta.url), "utf8"));
const plain = (splits: readonly Split[]) => splits.map(({ train, test }) => [[...train], [...test]]);
const ascending = (places: Iterable<number>) => [...places].sort((a, b) => a - b);
const all = (rows: number) => Array.from({ length: rows }, (_, i) => i);

test("folds are scikit-learn's", () => {
  for (const { rows, folds, splits } of fixture.kFold) expect(plain(kFold(rows, { folds }))).toEqual(splits);
  for (const { labels, folds, splits } of fixture.stratifiedKFold) {
    expect(plain(stratifiedKFold(labels, { folds }))).toEqual(splits);
    expect(plain(stratifiedKFold(labels.map(String), { folds }))).toEqual(splits);
  }
  for (const { groups, folds, splits } of fixture.groupKFold) {
    expect(plain(groupKFold(groups, { folds }))).toEqual(splits);
  }
  for (const { rows, options, splits } of fixture.forwardChaining) {
    expect(plain(forwardChaining(rows, options))).toEqual(splits);
  }
});

test("holdout takes as many rows as scikit-learn does", () => {
  for (const { rows, test: share, train, tested } of fixture.holdout) {
    const parts = holdout(rows, { test: share });
    expect([[...parts.train], [...parts.test], parts.validation.length]).toEqual([train, tested, 0]);
  }
  for (const { counts, test: share, tested } of fixture.stratified) {
    const labels = counts.flatMap((count: number, label: number) => new Array(count).fill(label));
    const parts = holdout(labels.length, { test: share, stratify: labels, shuffle: 4 });
    expect(
      counts.map((_: number, label: number) => [...parts.test].filter((row) => labels[row] === label).length),
    ).toEqual(tested);
    expect(ascending([...parts.train, ...parts.test])).toEqual(all(labels.length));
  }
});

describe("shuffled splits", () => {
  it("test every row once, by the seed", () => {
    const labels = Array.from({ length: 31 }, (_, i) => (i % 3 ? "a" : "b"));
    for (const make of [
      (shuffle: number) => kFold(31, { folds: 4, shuffle }),
      (shuffle: number) => stratifiedKFold(labels, { folds: 4, shuffle }),
    ]) {
      const splits = make(1);
      expect(plain(splits)).toEqual(plain(make(1)));
      expect(plain(splits)).not.toEqual(plain(make(2)));
      expect(ascending(splits.flatMap(({ test }) => [...test]))).toEqual(all(31));
      for (const { train, test } of splits) expect(ascending([...train, ...test])).toEqual(all(31));
    }
    const shares = stratifiedKFold(labels, { folds: 4, shuffle: 3 }).map(
      ({ test }) => [...test].filter((row) => labels[row] === "b").length,
    );
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
  });

  it("keep groups together and classes in proportion", () => {
    const groups = Array.from({ length: 60 }, (_, i) => `speaker ${i % 7}`);
    const { train, validation, test } = holdout(60, { test: 0.2, validation: 0.3, groups, shuffle: 2 });
    const of = (rows: Iterable<number>) => new Set([...rows].map((row) => groups[row]));
    expect([of(train).size, of(validation).size, of(test).size]).toEqual([2, 3, 2]);
    expect(new Set([...of(train), ...of(validation), ...of(test)]).size).toBe(7);
    const labels = Array.from({ length: 100 }, (_, i) => (i < 80 ? 0 : 1));
    const parts = holdout(100, { test: 10, validation: 20, stratify: labels, shuffle: 1 });
    const second = (rows: Iterable<number>) => [...rows].filter((row) => row >= 80).length;
    expect([second(parts.train), second(parts.validation), second(parts.test)]).toEqual([14, 4, 2]);
    expect(ascending([...parts.train, ...parts.validation, ...parts.test])).toEqual(all(100));
  });
});

test("takeRows takes rows of every kind of array", () => {
  const shapedRows = Object.assign(Float32Array.from(all(6)), { shape: [3, 2] });
  const taken = takeRows({ a: [[1], [2, 3], [4]], b: Int8Array.of(5, 6, 7), c: shapedRows }, [2, 0, 2]);
  expect(taken.a).toEqual([[4], [1], [4]]);
  expect(taken.b).toEqual(Int8Array.of(7, 5, 7));
  expect(taken.c).toEqual(Float32Array.of(4, 5, 0, 1, 4, 5));
  expect(taken.c.shape).toEqual([3, 2]);
});

test.for<[string, () => unknown, RegExp]>([
  ["more folds than rows", () => kFold(3, { folds: 4 }), /folds is 4, expected at most 3, the number of rows/],
  ["one fold", () => kFold(3, { folds: 1 }), /folds is 1, expected an integer ≥ 2/],
  [
    "a class that is too rare",
    () => stratifiedKFold(["a", "a", "b"], { folds: 2 }),
    /class "b" has 1 rows, expected at least 2/,
  ],
  ["no labels", () => stratifiedKFold([], { folds: 2 }), /labels is empty/],
  ["a label that is NaN", () => stratifiedKFold([1, Number.NaN], { folds: 2 }), /none of them NaN/],
  ["more folds than groups", () => groupKFold([1, 1, 2], { folds: 3 }), /at most 2, the number of groups/],
  [
    "a series that is too short",
    () => forwardChaining(5, { folds: 2, testSize: 2, gap: 1 }),
    /5 rows, expected more than folds · testSize \+ gap/,
  ],
  ["nothing to train on", () => holdout(4, { test: 0.6, validation: 0.4 }), /take 3 \+ 2 of 4 rows/],
  ["a part of 1.5 rows", () => holdout(4, { test: 1.5 }), /test is 1.5/],
  ["labels of other rows", () => holdout(4, { stratify: [1, 2] }), /stratify has 2 entries, expected 4/],
  ["classes and groups", () => holdout(2, { stratify: [1, 2], groups: [1, 2] }), /expected one of them/],
  [
    "a class that a part misses",
    () => holdout(10, { stratify: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1] }),
    /class 1 has 1 rows, expected enough.*test has none/,
  ],
  ["a row that is none", () => takeRows({ x: [1, 2] }, [0, 2]), /place 1 is row 2, expected 0 to 1/],
])("splits refuse %s", ([, make, message]) => {
  expect(make).toThrow(message);
});
