import { DtypeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { isTraining } from "../../graph/mode.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { checkArgument, rate as dropoutRate, required } from "../../options.ts";
import { type Draw, drawParams, drawSteps, takeDraw } from "../dispatch/random-stream.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { stackAll } from "../rows/reduce.ts";

interface Dropout {
  readonly rate: number;
  /** Of the forward application that it belongs to: forward and backward draw the same mask. */
  readonly draw: Draw;
}

const dropoutOp: Op<Dropout, { readonly x: Value }> = {
  name: "dropout",
  // linear in x with a mask that can be drawn again, so the gradient is the same operation and nothing is stored
  gradient: ({ attributes }, { y: g }) => ({ x: applyOne(dropoutOp, { x: g }, attributes, g) }),
  draws: () => true,
  vectorize({ outputs: { y }, attributes: { rate, draw } }, inputs, stacked, length) {
    const steps = drawSteps(draw, sizeOf(y.shape));
    const all = stackAll(inputs, stacked, length);
    return steps && { y: applyOne(dropoutOp, all, { rate, draw: steps }, all.x) };
  },
  lower({ inputs, outputs, attributes: { rate, draw } }, to) {
    const x = to.slot(inputs.x);
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    const vectors = inVectors(size, x, y);
    to.dispatch({
      kernel: vectors ? kernels.dropout_vectors : kernels.dropout_numbers,
      bind: { x, hyper: to.hyper, y },
      params: { size, rate, ...drawParams(draw, to) },
      workgroups: linearWorkgroups(vectors ? size / LANES : size),
    });
  },
};

/**
 * Zeroes each element with probability `rate` and scales the others by 1 / (1 − rate) (Srivastava et al. 2014) where it is traced for
 * training: in the steps of a `Trainer`, or in `compile` with `training: true`. Elsewhere, as in `evaluate`, it is x. The mask
 * comes from counters (seed, stream, step, element), so a seed gives the same masks on every host. What is zeroed does not
 * count, NaN included, and neither does its gradient.
 */
export function dropout(x: Value, rate: number): Value {
  requireValues("dropout", { x });
  checkArgument("dropout", "rate", rate, required(dropoutRate));
  if (x.dtype !== "float32") throw new DtypeError(`dropout: x is ${x.dtype}, expected float32`);
  return rate === 0 || !isTraining() ? x : applyOne(dropoutOp, { x }, { rate, draw: takeDraw(sizeOf(x.shape)) }, x);
}
