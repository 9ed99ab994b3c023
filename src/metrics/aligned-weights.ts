import { DtypeError, ShapeError } from "../errors.ts";
import { formatShape, type Shape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { reshape } from "../ops/layout/layout.ts";

/**
 * Weights of what has a shape, or of its leading axes, with as many axes; throws where they do not fit.
 * @param what names what is weighed, for messages
 */
export function alignedWeights(op: string, weights: Value, shape: Shape, what: string): Value {
  if (weights.dtype !== "float32")
    throw new DtypeError(`${op}: weights are ${weights.dtype}, expected float32; cast them`);
  const fits = weights.rank <= shape.length && weights.shape.every((extent, i) => extent === 1 || extent === shape[i]);
  if (!fits) {
    throw new ShapeError(
      `${op}: weights have shape ${formatShape(weights.shape)}, expected that of the ${what} ${formatShape(shape)}, or of their leading axes`,
    );
  }
  return reshape(weights, [...weights.shape, ...new Array<number>(shape.length - weights.rank).fill(1)]);
}
