/** Losses of classes and of distributions. */
import { ShapeError } from "../../errors.ts";
import type { Value } from "../../graph/value.ts";
import { noteMean } from "../../metrics/count-of-mean.ts";
import { cast } from "../../ops/elementwise/cast.ts";
import { add, div, equal, greater, greaterEqual, maximum, mul, sub } from "../../ops/elementwise/elementwise.ts";
import { select } from "../../ops/elementwise/select.ts";
import { exp, log, neg, softplus, sqrt, square } from "../../ops/elementwise/unary.ts";
import { softmaxCrossEntropy } from "../../ops/rows/cross-entropy.ts";
import { sum } from "../../ops/rows/reduce.ts";
import { flag, positive } from "../../options.ts";
import { checkLossOptions, type LossOptions, requireAlike, Weighing } from "./weighing.ts";

/**
 * Mean cross-entropy in nats of `logits` [..., classes] and int32 `targets` [...]. Targets below zero (padding) do not
 * count. Softmax and logarithm are fused and stable.
 *
 * @example
 * ```ts
 * import { losses, nn, type Value } from "seqgrad";
 *
 * const model = new nn.LSTM(8, 5);
 * // logits [batch, time, classes], targets int32 [batch, time] → the mean over all positions
 * const loss = (x: Value, targets: Value) => losses.crossEntropy(model.forward(x)[0], targets);
 * ```
 */
export function crossEntropy(logits: Value, targets: Value): Value {
  const loss = softmaxCrossEntropy(logits, targets);
  return noteMean(loss, sum(greaterEqual(cast(targets, "float32"), 0)));
}

/**
 * y·ln(1 + e^−x) + (1 − y)·ln(1 + e^x) for logits x and targets y in [0, 1], its mean unless the options say otherwise: stable for
 * large |x|, and without a kink at 0, where the logits of a layer that starts from zeros are. Throws ShapeError, DtypeError,
 * ArgumentError.
 */
export function binaryCrossEntropy(logits: Value, targets: Value, options: LossOptions = {}): Value {
  checkLossOptions("binaryCrossEntropy", options, {});
  requireAlike("binaryCrossEntropy", logits, targets);
  const weighing = new Weighing("binaryCrossEntropy", logits.shape, options);
  const [x, y] = [weighing.keep(logits), weighing.keep(targets)];
  return weighing.reduce(add(mul(y, softplus(neg(x))), mul(sub(1, y), softplus(x))));
}

/** Options of the loss `klDivergence`. */
export interface KlDivergenceOptions extends LossOptions {
  /** Whether the targets are logarithms of probabilities as well; false. */
  readonly logTargets?: boolean;
}

/**
 * Kullback–Leibler divergence Σ p · (ln p − q) of target probabilities p [..., classes] from `logPredictions` q [..., classes],
 * logarithms of probabilities such as `logSoftmax` gives; summed over the last axis, then the mean over all rows unless the options
 * say otherwise (PyTorch's `batchmean`). A probability of 0 adds 0. Throws ShapeError, DtypeError, ArgumentError.
 */
export function klDivergence(logPredictions: Value, targets: Value, options: KlDivergenceOptions = {}): Value {
  checkLossOptions<KlDivergenceOptions>("klDivergence", options, { logTargets: flag });
  requireRows("klDivergence", logPredictions, targets);
  const weighing = new Weighing("klDivergence", targets.shape.slice(0, -1), options);
  const [q, given] = [weighing.keep(logPredictions), weighing.keep(targets)];
  const p = options.logTargets ? exp(given) : given;
  // 0 · ln 0 is 0 here: the logarithm of what is not 0 alone is taken
  const isNone = equal(p, 0);
  const logP = options.logTargets ? given : log(add(p, isNone));
  return weighing.reduce(sum(select(isNone, 0, mul(p, sub(logP, q))), -1));
}

/** Options of the loss `hinge`. */
export interface HingeOptions extends LossOptions {
  /** How far on the right side of 0 a prediction must lie to be free of loss; 1. */
  readonly margin?: number;
}

/**
 * max(0, margin − target · prediction) for targets of −1 and 1, its mean unless the options say otherwise. Throws ShapeError,
 * DtypeError, ArgumentError.
 */
export function hinge(predictions: Value, targets: Value, options: HingeOptions = {}): Value {
  checkLossOptions<HingeOptions>("hinge", options, { margin: positive });
  requireAlike("hinge", predictions, targets);
  const weighing = new Weighing("hinge", predictions.shape, options);
  const inside = sub(options.margin ?? 1, mul(weighing.keep(predictions), weighing.keep(targets)));
  return weighing.reduce(maximum(inside, 0));
}

/** Lengths below this count as this: a vector of zeros has no direction. */
const SHORTEST = 1e-8;

/**
 * 1 − cosine of the angle between predictions and targets along the last axis, its mean unless the options say otherwise. Throws
 * ShapeError, DtypeError, ArgumentError.
 */
export function cosineDistance(predictions: Value, targets: Value, options: LossOptions = {}): Value {
  checkLossOptions("cosineDistance", options, {});
  requireRows("cosineDistance", predictions, targets);
  const weighing = new Weighing("cosineDistance", targets.shape.slice(0, -1), options);
  const [x, y] = [weighing.keep(predictions), weighing.keep(targets)];
  return weighing.reduce(sub(1, div(sum(mul(x, y), -1), mul(lengthOf(x), lengthOf(y)))));
}

/** Along the last axis; its slope at 0 is 0. */
function lengthOf(x: Value): Value {
  const squares = sum(square(x), -1);
  return sqrt(select(greater(squares, SHORTEST ** 2), squares, SHORTEST ** 2));
}

function requireRows(op: string, predictions: Value, targets: Value): void {
  requireAlike(op, predictions, targets);
  if (predictions.rank > 0) return;
  throw new ShapeError(`${op}: predictions are a scalar, expected [..., classes]`);
}
