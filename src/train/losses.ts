import { ShapeError } from "../errors.ts";
import { requireValues } from "../graph/arguments.ts";
import { formatShape, sameShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { add, mul, sub } from "../ops/elementwise/elementwise.ts";
import { abs, neg, softplus, square } from "../ops/elementwise/unary.ts";
import { softmaxCrossEntropy } from "../ops/rows/cross-entropy.ts";
import { mean } from "../ops/rows/reduce.ts";

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
