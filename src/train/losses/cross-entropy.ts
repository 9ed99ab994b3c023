/** Losses of one class out of several. */
import { ArgumentError, DtypeError, ShapeError } from "../../errors.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { alignedWeights } from "../../metrics/aligned-weights.ts";
import { noteMean } from "../../metrics/count-of-mean.ts";
import { cast } from "../../ops/elementwise/cast.ts";
import { add, greater, greaterEqual, maximum, mul } from "../../ops/elementwise/elementwise.ts";
import { select } from "../../ops/elementwise/select.ts";
import { neg } from "../../ops/elementwise/unary.ts";
import { weightsOfTargets } from "../../ops/layout/class-weights.ts";
import { reshape } from "../../ops/layout/layout.ts";
import { oneHot } from "../../ops/layout/one-hot.ts";
import { takeAlongAxis } from "../../ops/layout/take.ts";
import { requireRowTargets, softmaxCrossEntropy } from "../../ops/rows/cross-entropy.ts";
import { classTargets, crossEntropyRows } from "../../ops/rows/cross-entropy-rows.ts";
import { broadcastTo, sum } from "../../ops/rows/reduce.ts";
import { logSoftmax } from "../../ops/rows/softmax.ts";
import { numberWithin, share } from "../../options.ts";
import { checkLossOptions, type LossOptions, Weighing } from "./weighing.ts";

/** Options of the loss `negativeLogLikelihood`. */
export interface NegativeLogLikelihoodOptions extends LossOptions {
  /** float32 [classes]: how much a loss counts, by its target; in the mean as well. Those of weight 0 are left out. */
  readonly classWeights?: Value | undefined;
  /** A target that does not count, whatever stands in its row; any int32. Those below 0 never count. */
  readonly ignoreIndex?: number | undefined;
}

/** Options of the loss `crossEntropy`. */
export interface CrossEntropyOptions extends NegativeLogLikelihoodOptions {
  /**
   * The share, from 0 (default) to 1, of each target that is spread over all classes alike (Szegedy et al. 2016). The term of a
   * class is multiplied by its weight.
   */
  readonly labelSmoothing?: number | undefined;
}

const int32 = numberWithin(
  "an integer of 32 bits",
  (value) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31,
);
const kinds = { classWeights: optionalValue, ignoreIndex: int32 };

/**
 * Cross-entropy in nats of `logits` [..., classes], its mean unless the options say otherwise. `targets` are int32 [...], of which
 * those below zero (padding) do not count, or probabilities, float32 [..., classes]; a probability of 0 adds 0 and has no gradient.
 * The mean is Σ weight · loss / Σ weight over what counts, as PyTorch's; of probabilities, `classWeights` are no part of its divisor.
 * Softmax and logarithm are stable; without options they are fused. Throws ShapeError, DtypeError, ArgumentError.
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
export function crossEntropy(logits: Value, targets: Value, options: CrossEntropyOptions = {}): Value {
  const op = "crossEntropy";
  checkLossOptions<CrossEntropyOptions>(op, options, { ...kinds, labelSmoothing: share });
  requireValues(op, { logits, targets });
  const { weights, classWeights, reduction, ignoreIndex, labelSmoothing = 0 } = options;
  if (targets.dtype === "float32") return ofProbabilities(logits, targets, options);
  const isMean = reduction === undefined || reduction === "mean";
  const isPlain = isMean && !weights && !classWeights && labelSmoothing === 0;
  if (isPlain && ignoreIndex === undefined) return fusedMean(logits, targets);
  requireRowTargets(op, logits, targets);
  const classes = logits.shape.at(-1) as number;
  if (isPlain) return fusedMean(logits, classTargets(op, targets, classes, ignoreIndex));

  const counted = countedRows(op, targets, classes, options);
  if (labelSmoothing === 0) {
    const { perTarget } = counted;
    const weighing = new Weighing(op, targets.shape, { weights: perTarget, reduction });
    return weighing.reduce(crossEntropyRows(logits, select(perTarget, counted.targets, -1)));
  }
  const probabilities = smooth(oneHot(counted.targets, classes), labelSmoothing);
  const weighing = new Weighing(op, targets.shape, { weights: counted.weights, reduction });
  return weighing.reduce(softLosses(weighing.keep(logits), probabilities, classWeights), counted.perTarget);
}

/**
 * −logProbabilities[target] of `logProbabilities` [..., classes], such as `logSoftmax` gives, and int32 `targets` [...], of which
 * those below zero do not count; its mean unless the options say otherwise, Σ weight · loss / Σ weight over what counts. Throws
 * ShapeError, DtypeError, ArgumentError.
 */
export function negativeLogLikelihood(
  logProbabilities: Value,
  targets: Value,
  options: NegativeLogLikelihoodOptions = {},
): Value {
  const op = "negativeLogLikelihood";
  checkLossOptions<NegativeLogLikelihoodOptions>(op, options, kinds);
  requireValues(op, { logProbabilities, targets });
  requireRowTargets(op, logProbabilities, targets, "logProbabilities");
  const counted = countedRows(op, targets, logProbabilities.shape.at(-1) as number, options);
  const weighing = new Weighing(op, targets.shape, { weights: counted.perTarget, reduction: options.reduction });
  const picked = takeAlongAxis(logProbabilities, reshape(maximum(counted.targets, 0), [...targets.shape, 1]), -1);
  return weighing.reduce(neg(reshape(picked, targets.shape)));
}

function fusedMean(logits: Value, targets: Value): Value {
  const loss = softmaxCrossEntropy(logits, targets);
  return noteMean(loss, sum(greaterEqual(cast(targets, "float32"), 0)));
}

function ofProbabilities(logits: Value, targets: Value, options: CrossEntropyOptions): Value {
  const op = "crossEntropy";
  const { weights, classWeights, reduction, ignoreIndex, labelSmoothing = 0 } = options;
  if (ignoreIndex !== undefined) {
    throw new ArgumentError(
      `${op}: ignoreIndex is ${ignoreIndex}, expected none with targets that are probabilities; use weights of 0`,
    );
  }
  if (logits.dtype !== "float32") throw new DtypeError(`${op}: logits are ${logits.dtype}, expected float32`);
  if (logits.rank > 0 && sameShape(logits.shape.slice(0, -1), targets.shape)) {
    throw new DtypeError(`${op}: targets are float32, expected int32; probabilities have the shape of the logits`);
  }
  if (logits.rank === 0 || !sameShape(logits.shape, targets.shape)) {
    throw new ShapeError(
      `${op}: targets have shape ${formatShape(targets.shape)}, expected that of the logits ${formatShape(logits.shape)}; classes are int32`,
    );
  }
  checkClassWeights(op, classWeights, logits.shape.at(-1) as number);
  const weighing = new Weighing(op, logits.shape.slice(0, -1), { weights, reduction });
  const probabilities = smooth(weighing.keep(targets), labelSmoothing);
  return weighing.reduce(softLosses(weighing.keep(logits), probabilities, classWeights));
}

function smooth(probabilities: Value, share: number): Value {
  if (share === 0) return probabilities;
  return add(mul(probabilities, 1 - share), share / (probabilities.shape.at(-1) as number));
}

/** −Σ weight · p · log softmax of each row; a logit of −∞ has no part in it where its p is 0. */
function softLosses(logits: Value, probabilities: Value, classWeights: Value | undefined): Value {
  const parts = classWeights ? mul(probabilities, classWeights) : probabilities;
  return neg(sum(select(parts, mul(parts, logSoftmax(logits)), 0), -1));
}

interface CountedRows {
  /** int32, −1 where the row does not count. */
  readonly targets: Value;
  /** How much each row counts, but for the weight of its class. */
  readonly weights: Value;
  /** And with it. */
  readonly perTarget: Value;
}

function countedRows(
  op: string,
  given: Value,
  classes: number,
  { weights, classWeights, ignoreIndex }: NegativeLogLikelihoodOptions,
): CountedRows {
  checkClassWeights(op, classWeights, classes);
  const { shape } = given;
  const targets = classTargets(op, given, classes, ignoreIndex);
  const isClass = greater(targets, -1);
  const counts = weights
    ? select(isClass, broadcastTo(alignedWeights(op, weights, shape, "losses"), shape), 0)
    : isClass;
  // −1 picks a weight as well, which does not count
  const perTarget = classWeights ? select(counts, mul(counts, weightsOfTargets(classWeights, targets)), 0) : counts;
  return { targets, weights: counts, perTarget };
}

function checkClassWeights(op: string, weights: Value | undefined, classes: number): void {
  if (!weights) return;
  if (weights.dtype !== "float32") {
    throw new DtypeError(`${op}: classWeights are ${weights.dtype}, expected float32; cast them`);
  }
  if (sameShape(weights.shape, [classes])) return;
  throw new ShapeError(
    `${op}: classWeights have shape ${formatShape(weights.shape)}, expected [classes] = [${classes}]`,
  );
}
