import { ArgumentError, DataError } from "../../errors.ts";
import { checkArgument, checkOptions, type Kind } from "../../options.ts";
import { permutation } from "../random.ts";
import {
  encode,
  type Labels,
  labelsKind,
  partOf,
  requireRows,
  rowsKind,
  type Split,
  seedOf,
  shuffleKind,
} from "./options.ts";

/** Options of a split into training and test data. */
export interface HoldoutOptions {
  /** What is tested: a share of rows below 1, or how many. Default 0.2. */
  readonly test?: number | undefined;
  /** What is held out besides, to choose by: a share of all rows below 1, or how many. Default 0. */
  readonly validation?: number | undefined;
  /** A seed; false leaves rows in their order: the last are tested, as a series wants it. Default false. */
  readonly shuffle?: number | false | undefined;
  /** A class for each row: each part has its share of every class. */
  readonly stratify?: Labels | undefined;
  /** A group for each row: no two parts share one, and the parts are those of the groups. */
  readonly groups?: Labels | undefined;
}

/** Three parts: rows by their places. */
export interface Holdout extends Split {
  /** Rows that are held out to choose by; empty unless asked for. */
  readonly validation: Int32Array<ArrayBuffer>;
}

const part: Kind = {
  expected: "a share from 0 up to, but not, 1, or a number of rows",
  fits: (value) => typeof value === "number" && value >= 0 && (value < 1 || Number.isSafeInteger(value)),
};

/**
 * Splits rows in two or three parts, once. Places come in ascending order. Throws DataError where nothing is left to train
 * on, or a class is missing from a part.
 */
export function holdout(rows: number, options: HoldoutOptions = {}): Holdout {
  checkArgument("holdout", "rows", rows, rowsKind);
  checkOptions("holdout", options, {
    test: part,
    validation: part,
    shuffle: shuffleKind,
    stratify: labelsKind,
    groups: labelsKind,
  });
  const { test = 0.2, validation = 0, shuffle, stratify, groups } = options;
  if (stratify && groups) throw new ArgumentError("holdout: stratify and groups, expected one of them");
  requireRows("holdout", stratify, rows, "stratify");
  requireRows("holdout", groups, rows, "groups");
  const seed = seedOf(shuffle);
  const units = groups ? encode(groups) : undefined;
  const total = units?.counts.length ?? rows;
  const [tested, validated] = [
    partOf("holdout", "test", test, total),
    partOf("holdout", "validation", validation, total),
  ];
  if (tested + validated >= total) {
    throw new DataError(
      `holdout: test and validation take ${tested} + ${validated} of ${total} ${groups ? "groups" : "rows"}, expected to leave some to train on; hold out less`,
    );
  }
  const order = seed === undefined ? Int32Array.from({ length: total }, (_, i) => i) : permutation(total, seed);
  const partOfUnit = stratify ? byClass(order, stratify, tested, validated) : inOrder(order, tested, validated);
  const partOfRow = units ? Array.from(units.codes, (code) => partOfUnit[code]) : partOfUnit;
  const places = (wanted: number) => Int32Array.from(partOfRow.flatMap((each, row) => (each === wanted ? [row] : [])));
  return { train: places(0), validation: places(1), test: places(2) };
}

/** Of the order the first to train on, then those to choose by, the last to test. */
function inOrder(order: Int32Array, tested: number, validated: number): number[] {
  const parts = new Array<number>(order.length).fill(0);
  for (const [at, unit] of order.entries()) {
    if (at >= order.length - tested) parts[unit] = 2;
    else if (at >= order.length - tested - validated) parts[unit] = 1;
  }
  return parts;
}

function byClass(order: Int32Array, labels: Labels, tested: number, validated: number): number[] {
  const { codes, counts } = encode(labels);
  const rows = order.length;
  const tests = shares(counts, tested, rows);
  const validations = shares(
    counts.map((count, code) => count - (tests[code] as number)),
    validated,
    rows - tested,
  );
  const parts = new Array<number>(rows).fill(0);
  for (const [code, count] of counts.entries()) {
    const wanted = [count - (tests[code] as number) - (validations[code] as number), validations[code], tests[code]];
    const empty = wanted.findIndex(
      (size, at) => size === 0 && [rows - tested - validated, validated, tested][at] !== 0,
    );
    if (empty >= 0) {
      throw new DataError(
        `holdout: class ${JSON.stringify(labels[codes.indexOf(code)])} has ${count} rows, expected enough for one in each part (${["train", "validation", "test"][empty]} has none); join classes, or hold out more`,
      );
    }
    const own = order.filter((row) => codes[row] === code);
    for (const [at, row] of own.entries()) {
      parts[row] = at < (wanted[0] as number) ? 0 : at < count - (tests[code] as number) ? 1 : 2;
    }
  }
  return parts;
}

/** How many of each class go into a part of `size`: in proportion, what is left to the largest remainders. */
function shares(counts: readonly number[], size: number, rows: number): number[] {
  const exact = counts.map((count) => (size * count) / rows);
  const whole = exact.map(Math.floor);
  const rest = size - whole.reduce((sum, each) => sum + each, 0);
  const remainder = (code: number) => (exact[code] as number) - (whole[code] as number);
  const largest = [...counts.keys()].sort((a, b) => remainder(b) - remainder(a) || a - b);
  for (const code of largest.slice(0, rest)) whole[code] = (whole[code] as number) + 1;
  return whole;
}
