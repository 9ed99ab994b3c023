/** Metrics of numbers. All elements count alike, unless they are weighted. */
import { ArgumentError, DtypeError, ShapeError } from "../errors.ts";
import { requireValues } from "../graph/arguments.ts";
import { formatShape, sameShape, sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { add, div, equal, maximum, mul, sub } from "../ops/elementwise/elementwise.ts";
import { abs, square } from "../ops/elementwise/unary.ts";
import { full, reshape } from "../ops/layout/layout.ts";
import { sum } from "../ops/rows/reduce.ts";
import { checkOptions, count, type KindsOf, numbers, required } from "../options.ts";
import { meanOf } from "./mean.ts";
import { givenWeights, kept, type Metric, type MetricOptions, metricKinds, only } from "./metric.ts";

/** Predictions, targets, and weights where some are given, in rows [n]. */
function pairsOf<O extends MetricOptions>(
  op: string,
  predictions: Value,
  targets: Value,
  options: O,
  kinds: KindsOf<O> = metricKinds as KindsOf<O>,
) {
  requireValues(op, { predictions, targets });
  checkOptions(op, options, kinds);
  for (const [name, { dtype }] of Object.entries({ predictions, targets })) {
    if (dtype !== "float32") throw new DtypeError(`${op}: ${name} are ${dtype}, expected float32; cast them`);
  }
  if (!sameShape(predictions.shape, targets.shape)) {
    throw new ShapeError(
      `${op}: predictions ${formatShape(predictions.shape)} and targets ${formatShape(targets.shape)} differ, expected equal shapes`,
    );
  }
  const size = [sizeOf(targets.shape)];
  const weights = givenWeights(op, targets.shape, options.weights);
  return { p: reshape(predictions, size), y: reshape(targets, size), weights };
}

/** The mean of |prediction − target|. Throws ShapeError, DtypeError, ArgumentError. */
export function meanAbsoluteError(predictions: Value, targets: Value, options: MetricOptions = {}): Metric {
  const { p, y, weights } = pairsOf("metrics.meanAbsoluteError", predictions, targets, options);
  return meanOf(abs(sub(p, y)), weights);
}

/** The mean of (prediction − target)². Throws ShapeError, DtypeError, ArgumentError. */
export function meanSquaredError(predictions: Value, targets: Value, options: MetricOptions = {}): Metric {
  const { p, y, weights } = pairsOf("metrics.meanSquaredError", predictions, targets, options);
  return meanOf(square(sub(p, y)), weights);
}

/** The root of the mean of (prediction − target)². Throws ShapeError, DtypeError, ArgumentError. */
export function rootMeanSquaredError(predictions: Value, targets: Value, options: MetricOptions = {}): Metric {
  const { p, y, weights } = pairsOf("metrics.rootMeanSquaredError", predictions, targets, options);
  return meanOf(square(sub(p, y)), weights, Math.sqrt);
}

/** The distance of 1 from the next float32: a target of 0 counts as this. */
const EPSILON = 2 ** -23;

/**
 * MAPE: the mean of |prediction − target| / |target|, a share, not in percent. A target nearer to 0 than 2⁻²³ counts as that, so
 * its share is huge. Throws ShapeError, DtypeError, ArgumentError.
 */
export function meanAbsolutePercentageError(predictions: Value, targets: Value, options: MetricOptions = {}): Metric {
  const { p, y, weights } = pairsOf("metrics.meanAbsolutePercentageError", predictions, targets, options);
  return meanOf(div(abs(sub(p, y)), maximum(abs(y), EPSILON)), weights);
}

/**
 * sMAPE: the mean of 2·|prediction − target| / (|prediction| + |target|), from 0 to 2; 0 where both are 0. Throws ShapeError,
 * DtypeError, ArgumentError.
 */
export function symmetricMeanAbsolutePercentageError(
  predictions: Value,
  targets: Value,
  options: MetricOptions = {},
): Metric {
  const { p, y, weights } = pairsOf("metrics.symmetricMeanAbsolutePercentageError", predictions, targets, options);
  const both = add(abs(p), abs(y));
  return meanOf(div(mul(2, abs(sub(p, y))), add(both, equal(both, 0))), weights);
}

/** Options of `meanAbsoluteScaledError`. */
export interface ScaledErrorOptions extends MetricOptions {
  /** The series that the model was trained on, in order, in the units of the targets. */
  readonly history: ArrayLike<number>;
  /** Steps of a season: the naive forecast is the value of so many steps before; 1. */
  readonly season?: number | undefined;
}

/**
 * MASE (Hyndman and Koehler 2006): the mean of |prediction − target|, divided by that of the naive forecast over `history`; below 1
 * is better than to say what was a season ago. Throws ShapeError, DtypeError, ArgumentError.
 */
export function meanAbsoluteScaledError(predictions: Value, targets: Value, options: ScaledErrorOptions): Metric {
  const op = "metrics.meanAbsoluteScaledError";
  const kinds = { ...metricKinds, history: required(numbers), season: count };
  const { p, y, weights } = pairsOf(op, predictions, targets, options, kinds);
  const { history, season = 1 } = options;
  const steps = history.length - season;
  let naive = 0;
  for (let t = season; t < history.length; t++) {
    naive += Math.abs((history[t] as number) - (history[t - season] as number)) / steps;
  }
  if (!(steps > 0 && naive > 0)) {
    throw new ArgumentError(
      `${op}: history has ${history.length} values, and the naive forecast is off by ${naive} on average, expected more than ${season} values that differ`,
    );
  }
  return meanOf(abs(sub(p, y)), weights, (error) => error / naive);
}

/**
 * R², the coefficient of determination: 1 − Σ(target − prediction)² / Σ(target − mean target)². 0 where the targets do not vary,
 * 1 if the predictions are right even so. Throws ShapeError, DtypeError, ArgumentError.
 */
export function r2(predictions: Value, targets: Value, options: MetricOptions = {}): Metric {
  const { p, y, weights: given } = pairsOf("metrics.r2", predictions, targets, options);
  const weights = given ?? full(y.shape, 1);
  const total = sum(weights);
  // batches' own means and squares around them: the difference of large sums would have few digits left
  const mean = div(sum(mul(kept(weights, y), weights)), add(total, equal(total, 0)));
  return {
    statistics: {
      weight: total,
      mean,
      squares: sum(mul(square(kept(weights, sub(y, mean))), weights)),
      errors: sum(mul(square(kept(weights, sub(y, p))), weights)),
    },
    // Chan, Golub and LeVeque 1979
    merge({ add, sub, mul, div }, a, b) {
      type T = (typeof a)[string];
      const [n, m] = [a.weight as T, b.weight as T];
      const all = add(n, m);
      const apart = sub(b.mean as T, a.mean as T);
      const between = div(mul(mul(apart, apart), mul(n, m)), all);
      return {
        weight: all,
        mean: add(a.mean as T, div(mul(apart, m), all)),
        squares: add(add(a.squares as T, b.squares as T), between),
        errors: add(a.errors as T, b.errors as T),
      };
    },
    finish(totals) {
      const [errors, squares] = [only(totals.errors), only(totals.squares)];
      if (squares === 0) return errors === 0 ? 1 : errors * 0;
      return 1 - errors / squares;
    },
  };
}
