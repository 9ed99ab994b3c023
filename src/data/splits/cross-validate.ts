import { DataError } from "../../errors.ts";
import {
  checkArgument,
  checkOptions,
  either,
  fn,
  type Kind,
  listNames,
  object,
  required,
  show,
} from "../../options.ts";
import type { Arrays } from "../batches/fields.ts";
import { kFold } from "./folds.ts";
import { foldsKind, type Split, shuffleKind } from "./options.ts";
import { countRows, takeRows } from "./take-rows.ts";

/** One score, or several by name. */
export type Scores = number | Readonly<Record<string, number>>;

/** A score over all folds. */
export interface Score {
  /** NaN where a fold's is. */
  readonly mean: number;
  /** The sample's standard deviation (over folds − 1); NaN of one fold. */
  readonly deviation: number;
  /** Of each fold. */
  readonly values: readonly number[];
}

/** Options of cross-validation. */
export interface CrossValidateOptions {
  /** How many (as `kFold` makes them), or splits that another function made. */
  readonly folds: number | readonly Split[];
  /** The seed of `kFold`'s order; false leaves rows in their order. Default false. */
  readonly shuffle?: number | false | undefined;
}

/** Trains on one part, and tells scores on the other. */
export type Make<A extends Arrays> = (train: A, test: A, fold: number) => Scores | Promise<Scores>;

const isSplit = (value: unknown): value is Split =>
  object.fits(value) && (value as Split).train instanceof Int32Array && (value as Split).test instanceof Int32Array;

const splits: Kind = {
  expected: "splits, as kFold gives them",
  fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isSplit),
};

export const crossValidateKinds = { folds: required(either(foldsKind, splits)), shuffle: shuffleKind };

/**
 * Calls `make` for each fold, one after another, with the rows to train on and those to test, and tells each score's mean
 * and deviation; a single score is called "score". What is fitted (scalers, vocabularies) is to be fitted in `make`, on the
 * training part. Rejects with DataError for a score that is no number, or other scores than the first fold's.
 */
export async function crossValidate<A extends Arrays>(
  make: Make<A>,
  data: A,
  options: CrossValidateOptions,
): Promise<Readonly<Record<string, Score>>> {
  checkArgument("crossValidate", "make", make, required(fn));
  checkArgument("crossValidate", "data", data, required(object));
  checkOptions("crossValidate", options, crossValidateKinds);
  return scoresOf("crossValidate", make, data, splitsOf("crossValidate", data, options));
}

/** Checks data too. */
export function splitsOf(where: string, data: Arrays, { folds, shuffle }: CrossValidateOptions): readonly Split[] {
  const rows = countRows(where, data);
  return typeof folds === "number" ? kFold(rows, { folds, shuffle }) : folds;
}

export async function scoresOf<A extends Arrays>(
  where: string,
  make: Make<A>,
  data: A,
  splits: readonly Split[],
): Promise<Record<string, Score>> {
  const values = new Map<string, number[]>();
  for (const [fold, { train, test }] of splits.entries()) {
    const told = await make(takeRows(data, train), takeRows(data, test), fold);
    const scores = typeof told === "number" ? { score: told } : told;
    if (!object.fits(scores) || Object.keys(scores).length === 0) {
      throw new DataError(`${where}: fold ${fold} gave ${show(told)}, expected a score, or scores by name`);
    }
    const names = Object.keys(scores);
    if (fold > 0 && (names.length !== values.size || names.some((name) => !values.has(name)))) {
      throw new DataError(
        `${where}: fold ${fold} gave ${listNames(names)}, expected ${listNames(values.keys())}, as the first`,
      );
    }
    for (const [name, value] of Object.entries(scores)) {
      if (typeof value !== "number")
        throw new DataError(`${where}: fold ${fold} gave ${name} ${show(value)}, expected a number`);
      values.set(name, [...(values.get(name) ?? []), value]);
    }
  }
  return Object.fromEntries([...values].map(([name, each]) => [name, summary(each)]));
}

function summary(values: readonly number[]): Score {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)), values };
}
