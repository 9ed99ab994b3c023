/** Losses of classes and of distributions. */
import { DtypeError, ShapeError } from "../../errors.ts";
import { optionalValue } from "../../graph/arguments.ts";
import { formatShape, type Shape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { add, div, equal, greater, maximum, mul, sub } from "../../ops/elementwise/elementwise.ts";
import { select } from "../../ops/elementwise/select.ts";
import { exp, log, neg, softplus, sqrt, square } from "../../ops/elementwise/unary.ts";
import { sum } from "../../ops/rows/reduce.ts";
import { either, flag, positive, share } from "../../options.ts";
import { checkLossOptions, type LossOptions, requireAlike, Weighing } from "./weighing.ts";

/** Options of the loss `binaryCrossEntropy`. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /**
   * How much more targets of 1 count than those of 0; 1. A number > 0, or float32 values whose shape broadcasts to that of the
   * logits, such as [classes]. It is no part of what the mean is divided by (PyTorch's `pos_weight`).
   */
  readonly positiveWeight?: number | Value | undefined;
  /** The share, from 0 (default) to 1, of each target that becomes ½. */
  readonly labelSmoothing?: number | undefined;
}

/**
 * y·ln(1 + e^−x) + (1 − y)·ln(1 + e^x) for logits x and targets y in [0, 1], its mean unless the options say otherwise: stable for
 * large |x|, and without a kink at 0, where the logits of a layer that starts from zeros are. Throws ShapeError, DtypeError,
 * ArgumentError.
 */
export function binaryCrossEntropy(logits: Value, targets: Value, options: BinaryCrossEntropyOptions = {}): Value {
  checkLossOptions<BinaryCrossEntropyOptions>("binaryCrossEntropy", options, {
    positiveWeight: either(positive, optionalValue),
    labelSmoothing: share,
  });
  requireAlike("binaryCrossEntropy", logits, targets);
  const weighing = new Weighing("binaryCrossEntropy", logits.shape, options);
  const { positiveWeight = 1, labelSmoothing = 0 } = options;
  const [x, given] = [weighing.keep(logits), weighing.keep(targets)];
  const y = labelSmoothing === 0 ? given : add(mul(given, 1 - labelSmoothing), labelSmoothing / 2);
  const ofOnes = mul(y, softplus(neg(x)));
  const weighed = positiveWeight === 1 ? ofOnes : mul(ofOnes, requireFits(positiveWeight, logits.shape));
  return weighing.reduce(add(weighed, mul(sub(1, y), softplus(x))));
}

/** Throws unless the weights are a number, or float32 and broadcast to the shape. */
function requireFits(weights: number | Value, shape: Shape): number | Value {
  if (typeof weights === "number") return weights;
  if (weights.dtype !== "float32") {
    throw new DtypeError(`binaryCrossEntropy: positiveWeight is ${weights.dtype}, expected float32; cast it`);
  }
  const offset = shape.length - weights.rank;
  if (offset >= 0 && weights.shape.every((extent, i) => extent === 1 || extent === shape[offset + i])) return weights;
  throw new ShapeError(
    `binaryCrossEntropy: positiveWeight has shape ${formatShape(weights.shape)}, expected one that broadcasts to that of the logits ${formatShape(shape)}`,
  );
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
