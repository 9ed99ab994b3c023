/** An axis cut into parts. */

import { ShapeError } from "../../errors.ts";
import { apply } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { columnsOf } from "../../graph/element.ts";
import { formatShape, normalizeAxis, stridesOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { aNumber, checkArgument, either, listOf, required } from "../../options.ts";
import { concat } from "./concat.ts";
import { zeros } from "./fill.ts";
import { lowerParts, type Moved, move } from "./moves.ts";

const splitOp: Op<{ readonly axis: number }, Moved, { readonly parts: readonly Value[] }> = {
  name: "split",
  // one concatenation, where a slice for each part would give as many tensors of the whole size to be added up
  gradient: ({ outputs: { parts }, attributes: { axis } }, arriving) => ({
    x: concat(
      parts.map((part, i) => arriving.parts[i] ?? zeros(part.shape)),
      axis,
    ),
  }),
  vectorize: ({ outputs: { parts }, attributes: { axis } }, { x }) => ({
    parts: split(
      x,
      parts.map((part) => part.shape[axis] as number),
      axis + 1,
    ),
  }),
  moves({ inputs: { x }, outputs: { parts }, attributes: { axis } }) {
    const strides = stridesOf(x.shape);
    let fromStart = 0;
    return parts.map((part) => {
      const { shape } = part;
      const own = move(x, part, shape, strides, stridesOf(shape), { fromStart });
      fromStart += (shape[axis] as number) * (strides[axis] as number);
      return own;
    });
  },
  element: {
    write({ inputs: { x }, outputs: { parts }, attributes: { axis } }, { rows, column, at }, output) {
      const step = columnsOf(x.shape, axis, rows);
      if (step === null) return null;
      const before = parts.slice(0, parts.indexOf(output));
      return at(x, column + extentOf(before, axis) * step);
    },
  },
  lower: lowerParts,
};

/** Of several values together along an axis. */
const extentOf = (values: readonly Value[], axis: number): number =>
  values.reduce((sum, { shape }) => sum + (shape[axis] as number), 0);

/** What `split` gives: as many values as the type of its parts tells, a list of them or a number up to 16. */
export type SplitParts<P extends number | readonly number[], Known extends Value[] = []> = P extends readonly number[]
  ? { -readonly [K in keyof P]: Value }
  : number extends P
    ? Value[]
    : Known["length"] extends P
      ? Known
      : Known["length"] extends 16
        ? Value[]
        : SplitParts<P, [...Known, Value]>;

/** Cuts an axis into parts of the given extents, or into that many equal ones. */
export function split<const P extends number | readonly number[]>(x: Value, parts: P, axis = 0): SplitParts<P> {
  requireValues("split", { x });
  checkArgument("split", "parts", parts, required(either(aNumber, listOf(aNumber, "numbers"))));
  const at = normalizeAxis("split", axis, x.rank);
  const extent = x.shape[at] as number;
  if (typeof parts === "number" && !(Number.isInteger(parts) && parts >= 1 && extent % parts === 0)) {
    throw new ShapeError(
      `split: ${parts} parts do not cut axis ${at} of ${formatShape(x.shape)}, expected a positive integer that divides ${extent}`,
    );
  }
  const extents: readonly number[] = typeof parts === "number" ? new Array<number>(parts).fill(extent / parts) : parts;
  const total = extents.reduce((sum, part) => sum + part, 0);
  if (total !== extent || extents.some((part) => !Number.isInteger(part) || part < 1)) {
    throw new ShapeError(
      `split: parts ${formatShape(extents)} do not cut axis ${at} of ${formatShape(x.shape)}, expected positive integers with sum ${extent}`,
    );
  }
  if (extents.length === 1) return [x] as SplitParts<P>;
  const specs = extents.map((part) => ({ shape: x.shape.map((e, i) => (i === at ? part : e)), dtype: x.dtype }));
  return [...apply(splitOp, { x }, { axis: at }, { parts: specs }).parts] as SplitParts<P>;
}
