import { ShapeError } from "../../errors.ts";
import { requireValues, valueList } from "../../graph/arguments.ts";
import { vectorJacobianProduct } from "../../graph/gradient.ts";
import { formatShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { checkArgument } from "../../options.ts";
import { add, scalar } from "../elementwise/elementwise.ts";

/**
 * Gradients of a scalar `loss` with respect to `sources`: parameters, inputs, or any other value that the loss is computed from.
 * Each is the full derivative, whatever the other sources are: that of a value which others among them are computed from
 * includes the way through those. Undefined where the loss does not depend on a source: not computed from it, or only through
 * integers, `stopGradient` or a function that is constant almost everywhere, such as `sign`.
 *
 * @example
 * ```ts
 * import { compile, float32, gradients, mean, openDevice, square } from "seqgrad";
 *
 * const slope = await compile(await openDevice(), null, {
 *   inputs: { x: float32([4]) },
 *   fn: ({ x }) => {
 *     const [dx] = gradients(mean(square(x)), [x]);
 *     return { dx };
 *   },
 * });
 * console.log(await (await slope.run({ x: [1, 2, 3, 4] })).dx?.read());
 * ```
 */
export function gradients(loss: Value, sources: readonly Value[]): (Value | undefined)[] {
  requireValues("gradients", { loss });
  checkArgument("gradients", "sources", sources, valueList);
  if (loss.rank !== 0 || loss.dtype !== "float32") {
    throw new ShapeError(
      `gradients: loss is ${loss.dtype} of shape ${formatShape(loss.shape)}, expected a float32 scalar; reduce it with mean or sum`,
    );
  }
  return vectorJacobianProduct([loss], [scalar(1)], sources, add);
}
