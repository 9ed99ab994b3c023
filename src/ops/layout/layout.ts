/** Operations that move elements without computing: views where the order in memory stays, copies where it does not. */

import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { normalizeAxis, stridesOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { lowerMoves, type Moved, move, moveWhole } from "./moves.ts";

export { concat, stack } from "./concat.ts";
export { full, fullOp, zeros } from "./fill.ts";
export { invertOrder, permute, permutedRows, reshape, squeeze, transpose, view } from "./permute.ts";
export { placeInZeros, slice } from "./slice.ts";
export { type SplitParts, split } from "./split.ts";

const flipOp: Op<{ readonly axis: number }, Moved> = {
  name: "flip",
  gradient: ({ attributes: { axis } }, { y: g }) => ({ x: flip(g, axis) }),
  vectorize: ({ attributes: { axis } }, { x }) => ({ y: flip(x, axis + 1) }),
  moves({ inputs: { x }, outputs: { y }, attributes: { axis } }) {
    const strides = stridesOf(x.shape);
    const from = strides.map((stride, i) => (i === axis ? -stride : stride));
    const fromStart = ((x.shape[axis] as number) - 1) * (strides[axis] as number);
    return [move(x, y, x.shape, from, strides, { fromStart })];
  },
  lower: lowerMoves,
};

/** Reverses an axis. */
export function flip(x: Value, axis: number): Value {
  requireValues("flip", { x });
  const at = normalizeAxis("flip", axis, x.rank);
  if (x.shape[at] === 1) return x;
  return applyOne(flipOp, { x }, { axis: at }, { shape: x.shape, dtype: x.dtype });
}

const stopGradientOp: Op<null, Moved> = {
  name: "stopGradient",
  moves: moveWhole,
  gradient: () => ({}),
  vectorize: (_, { x }) => ({ y: stopGradient(x) }),
  element: { write: ({ inputs: { x } }, place) => place.of(x) },
  lower: ({ inputs: { x }, outputs: { y } }, to) => to.alias(y, to.slot(x)),
};

/** The same value, taken as a constant by differentiation. */
export function stopGradient(x: Value): Value {
  requireValues("stopGradient", { x });
  return applyOne(stopGradientOp, { x }, null, x);
}
