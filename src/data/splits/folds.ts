import { DataError } from "../../errors.ts";
import { checkArgument, checkOptions, count, countOrZero, required } from "../../options.ts";
import { permutation, randomOf, shuffle as shuffled } from "../random.ts";
import {
  encode,
  foldsKind,
  type Labels,
  labelsKind,
  requireFolds,
  rowsKind,
  type Split,
  seedOf,
  separate,
  shuffleKind,
} from "./options.ts";

/** How rows are dealt out into folds. */
export interface FoldOptions {
  /** How many, at least 2. */
  readonly folds: number;
  /** A seed; false leaves rows in their order. Default false. */
  readonly shuffle?: number | false | undefined;
}

const kinds = { folds: foldsKind, shuffle: shuffleKind };

/**
 * Folds of equal size: each is tested once, the others are trained on. Folds are runs of rows, the first ones a row longer
 * where they come out unequal (scikit-learn's KFold). Throws DataError for more folds than rows.
 */
export function kFold(rows: number, options: FoldOptions): Split[] {
  checkArgument("kFold", "rows", rows, rowsKind);
  checkOptions("kFold", options, kinds);
  const { folds, shuffle } = options;
  requireFolds("kFold", folds, rows, "rows");
  const seed = seedOf(shuffle);
  const order = seed === undefined ? Int32Array.from({ length: rows }, (_, i) => i) : permutation(rows, seed);
  const foldOf = new Int32Array(rows);
  for (let fold = 0, start = 0; fold < folds; fold++) {
    const size = Math.floor(rows / folds) + (fold < rows % folds ? 1 : 0);
    for (const row of order.subarray(start, start + size)) foldOf[row] = fold;
    start += size;
  }
  return fromFolds(foldOf, folds);
}

/**
 * Folds in each of which every class has its share of rows (scikit-learn's StratifiedKFold). Throws DataError where a class
 * has fewer rows than there are folds: some fold would not have it.
 */
export function stratifiedKFold(labels: Labels, options: FoldOptions): Split[] {
  checkArgument("stratifiedKFold", "labels", labels, required(labelsKind));
  checkOptions("stratifiedKFold", options, kinds);
  const { folds, shuffle } = options;
  const { codes, counts } = encode(labels);
  const rarest = counts.indexOf(Math.min(...counts));
  if (counts.length === 0) throw new DataError("stratifiedKFold: labels is empty, expected a label for each row");
  if ((counts[rarest] as number) < folds) {
    throw new DataError(
      `stratifiedKFold: class ${JSON.stringify(labels[codes.indexOf(rarest)])} has ${counts[rarest]} rows, expected at least ${folds}, one for each fold; take fewer folds or join classes`,
    );
  }
  const seed = seedOf(shuffle);
  const foldOf = new Int32Array(labels.length);
  // rows sorted by class, dealt out like cards: that says how many of a class each fold gets
  let dealt = 0;
  const queues = counts.map((size, code) => {
    const allocation = new Int32Array(folds);
    for (let i = 0; i < size; i++, dealt++) allocation[dealt % folds] = (allocation[dealt % folds] as number) + 1;
    const queue = Array.from(allocation).flatMap((times, fold) => new Array<number>(times).fill(fold));
    return (seed === undefined ? queue : shuffled(queue, randomOf(seed, code))).values();
  });
  for (const [row, code] of codes.entries()) foldOf[row] = queues[code]?.next().value ?? 0;
  return fromFolds(foldOf, folds);
}

/**
 * Folds none of which shares a group with another: the largest groups first, each to the fold that has fewest rows
 * (scikit-learn's GroupKFold). Throws DataError for more folds than groups.
 */
export function groupKFold(groups: Labels, options: { readonly folds: number }): Split[] {
  checkArgument("groupKFold", "groups", groups, required(labelsKind));
  checkOptions("groupKFold", options, { folds: foldsKind });
  const { folds } = options;
  const { codes, counts } = encode(groups);
  requireFolds("groupKFold", folds, counts.length, "groups");
  // equal ones by their labels, the last first
  const labels = counts.map((_, code) => groups[codes.indexOf(code)] as number | string);
  const order = [...counts.keys()].sort((a, b) => {
    const [x, y] = [labels[a] as number | string, labels[b] as number | string];
    return (counts[b] as number) - (counts[a] as number) || (x < y ? 1 : -1);
  });
  const sizes = new Float64Array(folds);
  const foldOfGroup = new Int32Array(counts.length);
  for (const group of order) {
    const lightest = sizes.indexOf(Math.min(...sizes));
    sizes[lightest] = (sizes[lightest] as number) + (counts[group] as number);
    foldOfGroup[group] = lightest;
  }
  return fromFolds(
    Int32Array.from(codes, (code) => foldOfGroup[code] as number),
    folds,
  );
}

/** How a series is split. */
export interface ForwardOptions {
  /** How many splits, at least 2. */
  readonly folds: number;
  /** Rows that each split tests. Default: rows / (folds + 1), rounded down. */
  readonly testSize?: number | undefined;
  /** The most rows to train on, the latest. Default: all that come before. */
  readonly maxTrainSize?: number | undefined;
  /** Rows left out between both, so that windows do not reach over. Default 0. */
  readonly gap?: number | undefined;
}

/**
 * Splits of a series in time order: each tests the rows behind those that it trains on, and the next trains on these too
 * (scikit-learn's TimeSeriesSplit). Throws DataError where rows do not suffice.
 */
export function forwardChaining(rows: number, options: ForwardOptions): Split[] {
  checkArgument("forwardChaining", "rows", rows, rowsKind);
  checkOptions("forwardChaining", options, {
    folds: foldsKind,
    testSize: count,
    maxTrainSize: count,
    gap: countOrZero,
  });
  const { folds, maxTrainSize, gap = 0 } = options;
  const testSize = options.testSize ?? Math.floor(rows / (folds + 1));
  const first = rows - testSize * folds - gap;
  if (testSize === 0 || first <= 0) {
    throw new DataError(
      `forwardChaining: ${rows} rows, expected more than folds · testSize + gap = ${folds} · ${testSize || 1} + ${gap}; take fewer folds or smaller tests`,
    );
  }
  return Array.from({ length: folds }, (_, fold) => {
    const start = rows - (folds - fold) * testSize;
    const end = start - gap;
    const begin = maxTrainSize === undefined ? 0 : Math.max(0, end - maxTrainSize);
    return { train: range(begin, end), test: range(start, start + testSize) };
  });
}

const range = (start: number, end: number): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: end - start }, (_, i) => start + i);

function fromFolds(foldOf: Int32Array, folds: number): Split[] {
  return Array.from({ length: folds }, (_, fold) => separate(foldOf.length, (row) => foldOf[row] === fold));
}
