/** Metrics of classes. */
import { DtypeError, ShapeError } from "../errors.ts";
import { requireValues } from "../graph/arguments.ts";
import { formatShape, sameShape, sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { cast } from "../ops/elementwise/cast.ts";
import { add, equal, greater, greaterEqual, less, mul } from "../ops/elementwise/elementwise.ts";
import { select } from "../ops/elementwise/select.ts";
import { tableGradient } from "../ops/layout/embedding.ts";
import { reshape } from "../ops/layout/layout.ts";
import { takeAlongAxis } from "../ops/layout/take.ts";
import { classHits } from "../ops/metrics/weighted.ts";
import { argmax } from "../ops/rows/argmax.ts";
import { max } from "../ops/rows/extrema.ts";
import { sum } from "../ops/rows/reduce.ts";
import { checkArgument, checkOptions, count, countOrZero, finite, oneOf, required } from "../options.ts";
import { meanOf, meanOfPairs } from "./mean.ts";
import {
  givenWeights,
  kept,
  type Metric,
  type MetricOptions,
  metricKinds,
  ratio,
  type Statistics,
  zeroUnlessNaN,
} from "./metric.ts";

/** Options of metrics of classes. */
export interface ClassOptions extends MetricOptions {
  /** Where there is one score for each target: the score above which it speaks for class 1; 0, as befits logits. */
  readonly threshold?: number;
}

const classKinds = { ...metricKinds, threshold: finite };

/** Rows of a batch in one axis [n]. */
interface Rows {
  /** int32 */
  readonly targets: Value;
  /** The same as float32, which comparisons take. */
  readonly targetNumbers: Value;
  /** int32 */
  readonly predictions: Value;
  /** 0 of rows whose target is negative. */
  readonly weights: Value;
  /** 0, or NaN where a score is NaN. */
  readonly poison: Value;
  /** [n, classes]; null where there is one score a row. */
  readonly scores: Value | null;
  readonly classes: number;
  /** As they came: scores [n, classes], or [n, 1]; weights [n] where some were. */
  readonly given: { readonly scores: Value; readonly weights: Value | undefined };
}

function rowsOf(op: string, scores: Value, targets: Value, { weights, threshold = 0 }: ClassOptions): Rows {
  requireValues(op, { scores, targets });
  if (scores.dtype !== "float32")
    throw new DtypeError(`${op}: scores are ${scores.dtype}, expected float32; cast them`);
  const isBinary = sameShape(scores.shape, targets.shape);
  if (targets.dtype !== "int32" && !(isBinary && targets.dtype === "float32")) {
    throw new DtypeError(`${op}: targets are ${targets.dtype}, expected int32 classes`);
  }
  if (!isBinary && (scores.rank === 0 || !sameShape(scores.shape.slice(0, -1), targets.shape))) {
    throw new ShapeError(
      `${op}: targets have shape ${formatShape(targets.shape)}, expected that of the scores ${formatShape(scores.shape)}, without the last axis where that is classes`,
    );
  }
  const n = sizeOf(targets.shape);
  const own = givenWeights(op, targets.shape, weights);
  const classes = isBinary ? 2 : (scores.shape.at(-1) as number);
  const right = reshape(targets.dtype === "int32" ? targets : cast(targets, "int32"), [n]);
  const table = isBinary ? null : reshape(scores, [n, classes]);
  const highest = table ? max(table, -1) : reshape(scores, [n]);
  const targetNumbers = cast(right, "float32");
  const isTarget = greaterEqual(targetNumbers, 0);
  return {
    targets: right,
    targetNumbers,
    predictions: table ? argmax(table) : cast(greater(highest, threshold), "int32"),
    weights: own ? mul(own, isTarget) : isTarget,
    poison: zeroUnlessNaN(highest),
    scores: table,
    classes,
    given: { scores: table ?? reshape(scores, [n, 1]), weights: own },
  };
}

/** Sums of weights [n] by class [n], of [entries]; negative classes count nowhere. */
export const histogram = (indices: Value, weights: Value, entries: number): Value =>
  reshape(tableGradient(indices, reshape(weights, [-1, 1]), entries), [entries]);

/**
 * The share of targets whose class has the highest score, of several equal ones the first. `scores` [..., classes], logits or
 * probabilities, and int32 `targets` [...]; negative targets do not count. Or one score for each target, 0 or 1; see `threshold`.
 * Throws ShapeError, DtypeError, ArgumentError.
 */
export function accuracy(scores: Value, targets: Value, options: ClassOptions = {}): Metric {
  checkOptions<ClassOptions>("metrics.accuracy", options, classKinds);
  const rows = rowsOf("metrics.accuracy", scores, targets, options);
  return meanOfPairs(classHits({ ...rows.given, targets: rows.targets }, options.threshold ?? 0));
}

/**
 * The share of targets whose class is among the `k` highest scores; of equal scores the target's counts as the lowest, so that a
 * model which scores all alike has nothing right. `scores` [..., classes], int32 `targets` [...]; negative targets do not count.
 * Throws ShapeError, DtypeError, ArgumentError.
 */
export function topKAccuracy(scores: Value, targets: Value, k: number, options: MetricOptions = {}): Metric {
  const op = "metrics.topKAccuracy";
  checkArgument(op, "k", k, required(count));
  checkOptions(op, options, metricKinds);
  const rows = rowsOf(op, scores, targets, options);
  if (!rows.scores) throw new ShapeError(`${op}: there is one score for each target, expected [..., classes]`);
  const valid = select(less(rows.targetNumbers, 0), 0, rows.targets);
  const own = takeAlongAxis(rows.scores, reshape(valid, [-1, 1]), 1);
  const rank = sum(greaterEqual(rows.scores, own), -1);
  return meanOf(add(greaterEqual(k, rank), rows.poison), rows.weights);
}

/** Options of precision, recall and F1. */
export interface AverageOptions extends ClassOptions {
  /**
   * `"macro"` (default): the mean of the classes that are predicted or are targets; `"weighted"`: that by the targets' weight;
   * `"micro"`: of all classes' counts together; `"none"`: a number for each class.
   */
  readonly average?: "macro" | "weighted" | "micro" | "none" | undefined;
  /** The number of this class alone: 1 for two classes of which one is looked for. */
  readonly positive?: number | undefined;
}

/** One number, or one for each class. */
type Averaged<O> = O extends { readonly average: "none" } ? Float64Array : number;

/** What was found of a class: weights of what is right, of what was predicted, of what is so. */
type Found = readonly [right: number, predicted: number, actual: number];

function averaged<O extends AverageOptions>(
  op: string,
  scores: Value,
  targets: Value,
  options: O,
  score: (found: Found) => number,
): Metric<Averaged<O>> {
  checkOptions<AverageOptions>(op, options, {
    ...classKinds,
    average: oneOf("macro", "weighted", "micro", "none"),
    positive: countOrZero,
  });
  const rows = rowsOf(op, scores, targets, options);
  const { average = "macro", positive } = options;
  if (positive !== undefined && positive >= rows.classes) {
    throw new ShapeError(`${op}: positive is ${positive}, expected one of ${rows.classes} classes, from 0`);
  }
  const weights = kept(rows.weights, add(rows.weights, rows.poison));
  const isRight = equal(cast(rows.predictions, "float32"), rows.targetNumbers);
  const of = (indices: Value, counted: Value) => histogram(indices, counted, rows.classes);
  return {
    statistics: {
      right: of(rows.targets, mul(weights, isRight)),
      predicted: of(rows.predictions, weights),
      actual: of(rows.targets, weights),
    },
    finish: (totals) => averageOf(totals, average, positive, score) as Averaged<O>,
  };
}

function averageOf(
  totals: Statistics<Float64Array>,
  average: NonNullable<AverageOptions["average"]>,
  positive: number | undefined,
  score: (found: Found) => number,
): number | Float64Array {
  const { right, predicted, actual } = totals as Record<"right" | "predicted" | "actual", Float64Array>;
  // a score that is NaN could have spoken for any class
  const poison = 0 * predicted.reduce((all, each) => all + each, 0);
  const found = [...right].map((each, i): Found => [each + poison, predicted[i] as number, actual[i] as number]);
  if (positive !== undefined) return score(found[positive] as Found);
  if (average === "none") return Float64Array.from(found, score);
  const total = (place: number) => found.reduce((all, each) => all + (each[place] as number), 0);
  if (average === "micro") return score([total(0), total(1), total(2)]);
  const weightOf = ([, guessed, is]: Found) => (average === "weighted" ? is : guessed + is === 0 ? 0 : 1);
  const all = found.reduce((sum, each) => sum + weightOf(each), 0);
  return ratio(
    found.reduce((sum, each) => sum + weightOf(each) * score(each), 0),
    all,
  );
}

/**
 * Precision: of what was predicted the share that is right; 0 for a class that was never predicted. Scores and targets as of
 * `accuracy`. Throws ShapeError, DtypeError, ArgumentError.
 */
export const precision = <O extends AverageOptions>(
  scores: Value,
  targets: Value,
  options: O = {} as O,
): Metric<Averaged<O>> =>
  averaged("metrics.precision", scores, targets, options, ([right, predicted]) => ratio(right, predicted));

/**
 * Recall: of what is of a class the share that was predicted as such; 0 for a class without targets. Scores and targets as of
 * `accuracy`. Throws ShapeError, DtypeError, ArgumentError.
 */
export const recall = <O extends AverageOptions>(
  scores: Value,
  targets: Value,
  options: O = {} as O,
): Metric<Averaged<O>> =>
  averaged("metrics.recall", scores, targets, options, ([right, , actual]) => ratio(right, actual));

/**
 * F1, the harmonic mean of precision and recall; 0 where both are. Scores and targets as of `accuracy`. Throws ShapeError,
 * DtypeError, ArgumentError.
 */
export const f1 = <O extends AverageOptions>(
  scores: Value,
  targets: Value,
  options: O = {} as O,
): Metric<Averaged<O>> =>
  averaged("metrics.f1", scores, targets, options, ([right, predicted, actual]) =>
    ratio(2 * right, predicted + actual),
  );

/**
 * How much was predicted as what: a row for each class of targets, with a column for each predicted class. Scores and targets as
 * of `accuracy`. Throws ShapeError, DtypeError, ArgumentError.
 */
export function confusionMatrix(scores: Value, targets: Value, options: ClassOptions = {}): Metric<number[][]> {
  checkOptions<ClassOptions>("metrics.confusionMatrix", options, classKinds);
  const { classes, ...rows } = rowsOf("metrics.confusionMatrix", scores, targets, options);
  const weights = kept(rows.weights, add(rows.weights, rows.poison));
  const place = add(mul(rows.targetNumbers, classes), cast(rows.predictions, "float32"));
  const inRange = mul(greaterEqual(rows.targetNumbers, 0), less(rows.targetNumbers, classes));
  const cells = cast(select(inRange, place, -1), "int32");
  return {
    statistics: { cells: histogram(cells, weights, classes * classes) },
    finish: ({ cells: all }) =>
      Array.from({ length: classes }, (_, i) => [...(all as Float64Array).subarray(i * classes, (i + 1) * classes)]),
  };
}
