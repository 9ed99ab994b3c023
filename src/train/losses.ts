import { ShapeError } from "../errors.ts";
import { requireValues } from "../graph/arguments.ts";
import { formatShape, sameShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { type CtcOptions, ctcLosses } from "../ops/ctc/ctc.ts";
import { add, mul, sub } from "../ops/elementwise/elementwise.ts";
import { abs, neg, softplus, square } from "../ops/elementwise/unary.ts";
import { softmaxCrossEntropy } from "../ops/rows/cross-entropy.ts";
import { mean } from "../ops/rows/reduce.ts";

export type { CtcOptions };

/**
 * Mean cross-entropy in nats of `logits` [..., classes] and int32 `targets` [...]. Targets below zero (padding) do not
 * count. Softmax and logarithm are fused and stable.
 */
export const crossEntropy = (logits: Value, targets: Value): Value => softmaxCrossEntropy(logits, targets);

function requireEqual(op: string, a: Value, b: Value): void {
  requireValues(op, { predictions: a, targets: b });
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(
      `${op}: predictions ${formatShape(a.shape)} and targets ${formatShape(b.shape)} differ, expected equal shapes`,
    );
  }
}

export function meanSquaredError(predictions: Value, targets: Value): Value {
  requireEqual("meanSquaredError", predictions, targets);
  return mean(square(sub(predictions, targets)));
}

export function meanAbsoluteError(predictions: Value, targets: Value): Value {
  requireEqual("meanAbsoluteError", predictions, targets);
  return mean(abs(sub(predictions, targets)));
}

/**
 * Mean of y·ln(1 + e^−x) + (1 − y)·ln(1 + e^x) for logits x and targets y in [0, 1]: stable for large |x|, and without a kink
 * at 0, where the logits of a layer that starts from zeros are.
 */
export function binaryCrossEntropy(logits: Value, targets: Value): Value {
  requireEqual("binaryCrossEntropy", logits, targets);
  return mean(add(mul(targets, softplus(neg(logits))), mul(sub(1, targets), softplus(logits))));
}

/**
 * Mean over the batch of the losses of connectionist temporal classification (Graves et al. 2006): −log of the probability of all
 * ways in which a row's steps may spell its targets, with blanks between, in nats. `logits` [batch, time, classes] are not
 * normalised; int32 `targets` [batch, symbols] hold no blank. Steps behind `lengths` and targets behind
 * `targetLengths` do not count, whatever stands there. PyTorch's mean divides each row's loss by its number of targets first.
 * Throws ShapeError, DtypeError, ArgumentError.
 */
export const ctc = (logits: Value, targets: Value, options: CtcOptions = {}): Value =>
  mean(ctcLosses(logits, targets, options));
