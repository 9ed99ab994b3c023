/** Parts of an axis, and zeros around them. */

import { ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { columnsOf } from "../../graph/element.ts";
import { formatShape, normalizeAxis, type Shape, stridesOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { aNumber, checkArgument, integer, required } from "../../options.ts";
import { lowerCopy, lowerFill } from "./copy.ts";
import { lowerParts, type Moved, move } from "./moves.ts";

interface Slice {
  readonly axis: number;
  readonly start: number;
}

const sliceOp: Op<Slice, Moved> = {
  name: "slice",
  gradient: ({ inputs: { x }, attributes: { axis, start } }, { y: g }) => ({
    x: placeInZeros(g, x.shape, axis, start),
  }),
  vectorize: ({ outputs: { y }, attributes: { axis, start } }, { x }) => ({
    y: slice(x, axis + 1, start, start + (y.shape[axis] as number)),
  }),
  moves({ inputs: { x }, outputs: { y }, attributes: { axis, start } }) {
    const strides = stridesOf(x.shape);
    return [move(x, y, y.shape, strides, stridesOf(y.shape), { fromStart: start * (strides[axis] as number) })];
  },
  element: {
    write({ inputs: { x }, attributes: { axis, start } }, { rows, column, at }) {
      const step = columnsOf(x.shape, axis, rows);
      return step === null ? null : at(x, column + start * step);
    },
    parts: ({ inputs: { x }, attributes: { axis, start } }, rows) => [start * (columnsOf(x.shape, axis, rows) ?? 0)],
  },
  lower: lowerParts,
};

/** Elements `start` to `end` (exclusive; negative counts from the end) along an axis. A view along the first axis. */
export function slice(x: Value, axis: number, start: number, end: number = Number.POSITIVE_INFINITY): Value {
  requireValues("slice", { x });
  checkArgument("slice", "start", start, required(integer));
  checkArgument("slice", "end", end, aNumber);
  const at = normalizeAxis("slice", axis, x.rank);
  const extent = x.shape[at] as number;
  const from = start < 0 ? start + extent : start;
  const to = Math.min(end < 0 ? end + extent : end, extent);
  if (!(Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to)) {
    throw new ShapeError(
      `slice: range ${start} to ${end} is empty or outside axis ${at} of ${formatShape(x.shape)}, expected 0 ≤ start < end ≤ ${extent}`,
    );
  }
  if (from === 0 && to === extent) return x;
  const shape = x.shape.map((e, i) => (i === at ? to - from : e));
  return applyOne(sliceOp, { x }, { axis: at, start: from }, { shape, dtype: x.dtype });
}

const placeInZerosOp: Op<Slice, Moved> = {
  name: "placeInZeros",
  gradient: ({ inputs: { x }, attributes: { axis, start } }, { y: g }) => ({
    x: slice(g, axis, start, start + (x.shape[axis] as number)),
  }),
  vectorize: ({ outputs: { y }, attributes: { axis, start } }, { x }, _, length) => ({
    y: placeInZeros(x, [length, ...y.shape], axis + 1, start),
  }),
  element: {
    write({ inputs: { x }, attributes: { axis, start } }, { rows, column, at }, y) {
      const step = columnsOf(y.shape, axis, rows);
      if (step === null) return null;
      const own = column - start * step;
      return own >= 0 && own < (x.shape[axis] as number) * step ? at(x, own) : "Real()";
    },
    parts({ inputs: { x }, outputs: { y }, attributes: { axis, start } }, rows) {
      const step = columnsOf(y.shape, axis, rows) ?? 0;
      return [start * step, (x.shape[axis] as number) * step];
    },
  },
  lower({ inputs, outputs, attributes: { axis, start } }, to) {
    const x = to.slot(inputs.x);
    const y = to.output(outputs.y);
    const strides = stridesOf(y.shape);
    lowerFill(to, y, 0);
    lowerCopy(to, x.shape, x, stridesOf(x.shape), y, strides, 0, start * (strides[axis] as number));
  },
};

/** Zeros of `shape` with `x` from `start` on along `axis`: the gradient of `slice`. */
export function placeInZeros(x: Value, shape: Shape, axis: number, start: number): Value {
  return applyOne(placeInZerosOp, { x }, { axis, start }, { shape, dtype: x.dtype });
}
