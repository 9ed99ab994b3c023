/** Largest and smallest elements along axes. */

import { applyOne } from "../../graph/apply.ts";
import type { Op, Value } from "../../graph/value.ts";
import { div, equal, mul } from "../elementwise/elementwise.ts";
import { reshape } from "../layout/layout.ts";
import { broadcastTo, keepsDims, type ReduceOptions, reducedShape, reductionAxes, stackedSpec, sum } from "./reduce.ts";
import { lowerReduction } from "./reduction.ts";

interface Extremum {
  readonly kind: "maximum" | "minimum";
  readonly axes: readonly number[];
}

const extremumOp: Op<Extremum, { readonly x: Value }> = {
  name: "extremum",
  gradient({ inputs: { x }, outputs: { y }, attributes: { axes } }, { y: g }) {
    const kept = reducedShape(x.shape, axes, true);
    const chosen = equal(x, reshape(y, kept));
    // equal elements share the gradient, as in PyTorch's amax
    const share = div(broadcastTo(reshape(g, kept), x.shape), sum(chosen, axes, { keepDims: true }));
    return { x: mul(chosen, share) };
  },
  vectorize({ outputs: { y }, attributes: { kind, axes } }, { x }, _, length) {
    return { y: applyOne(extremumOp, { x }, { kind, axes: axes.map((axis) => axis + 1) }, stackedSpec(y, length)) };
  },
  lower({ inputs, outputs, attributes: { kind, axes } }, to) {
    lowerReduction(to, kind, to.slot(inputs.x), axes, to.output(outputs.y), 1);
  },
};

function extremum(
  op: string,
  kind: Extremum["kind"],
  x: Value,
  axes: number | readonly number[] | undefined,
  keepDims: boolean,
) {
  const list = reductionAxes(op, x, axes);
  const shape = reducedShape(x.shape, list, keepDims);
  if (list.every((axis) => x.shape[axis] === 1)) return reshape(x, shape);
  return applyOne(extremumOp, { x }, { kind, axes: list }, { shape, dtype: "float32" });
}

/** Largest element over axes (all when not given), NaN if one is; where several are largest they share the gradient. */
export const max = (x: Value, axes?: number | readonly number[], options: ReduceOptions = {}): Value =>
  extremum("max", "maximum", x, axes, keepsDims("max", options));

/** Smallest element over axes (all when not given), NaN if one is. */
export const min = (x: Value, axes?: number | readonly number[], options: ReduceOptions = {}): Value =>
  extremum("min", "minimum", x, axes, keepsDims("min", options));
