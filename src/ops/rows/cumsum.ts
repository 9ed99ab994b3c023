/** Sums of all that comes before. */

import { DtypeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { normalizeAxis, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { checkOptions, flag } from "../../options.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { zeros } from "../layout/layout.ts";
import { chunksOf } from "./threads.ts";

/** Options of `cumsum`. */
export interface CumsumOptions {
  /** Whether an element's own number is left out of its sum; false. */
  readonly exclusive?: boolean;
  /** Whether sums run from the end of the axis to its start; false. */
  readonly reverse?: boolean;
}

interface Cumsum extends Required<CumsumOptions> {
  readonly axis: number;
}

const cumsumOp: Op<Cumsum, { readonly x: Value }> = {
  name: "cumsum",
  gradient: ({ attributes }, { y: g }) => ({ x: along(g, { ...attributes, reverse: !attributes.reverse }) }),
  vectorize: ({ attributes }, { x }) => ({ y: along(x, { ...attributes, axis: attributes.axis + 1 }) }),
  lower({ inputs, outputs, attributes: { axis, ...how } }, to) {
    const x = to.slot(inputs.x);
    const { shape } = outputs.y;
    const sizes = [sizeOf(shape.slice(0, axis)), shape[axis] as number, sizeOf(shape.slice(axis + 1))] as const;
    lowerCumsum(to, x, to.output(outputs.y), sizes, how);
  },
};

const along = (x: Value, attributes: Cumsum): Value => applyOne(cumsumOp, { x }, attributes, x);

/** Emits the sums of `x` [outer, n, inner]; where there are few columns, chunks of them side by side, from sums of the chunks. */
function lowerCumsum(
  to: Lowering,
  x: Slot,
  y: Slot,
  [outer, n, inner]: readonly [number, number, number],
  { exclusive, reverse }: Required<CumsumOptions>,
): void {
  const { chunks, chunkSize } = chunksOf(to.adapter, outer * inner, n);
  const size = outer * chunks * inner;
  let starts = x;
  if (chunks > 1) {
    const totals = to.temporary([outer, chunks, inner], "float32", "sums of chunks");
    starts = to.temporary([outer, chunks, inner], "float32", "starts of chunks");
    to.dispatch({
      kernel: kernels.reduce_columns,
      variant: "sum",
      bind: { x, y: totals },
      params: { outer, n, inner, chunks, chunk_size: chunkSize, scale: 1 },
      workgroups: linearWorkgroups(size),
      flops: outer * n * inner,
    });
    lowerCumsum(to, totals, starts, [outer, chunks, inner], { exclusive: true, reverse });
  }
  to.dispatch({
    kernel: kernels.cumsum,
    bind: { x, starts, y },
    params: { size, n, inner, chunks, chunk_size: chunkSize, exclusive: Number(exclusive), reverse: Number(reverse) },
    workgroups: linearWorkgroups(size),
    flops: outer * n * inner,
  });
}

/**
 * Sums along an axis (the last) of each element and all before it; `exclusive` leaves the element itself out, `reverse` sums
 * what comes after. Added up in a fixed order. Throws ShapeError, DtypeError.
 */
export function cumsum(x: Value, axis = -1, options: CumsumOptions = {}): Value {
  requireValues("cumsum", { x });
  checkOptions("cumsum", options, { exclusive: flag, reverse: flag });
  if (x.dtype !== "float32") throw new DtypeError(`cumsum: x is ${x.dtype}, expected float32`);
  const at = normalizeAxis("cumsum", axis, x.rank);
  const { exclusive = false, reverse = false } = options;
  if (x.shape[at] === 1) return exclusive ? zeros(x.shape) : x;
  return along(x, { axis: at, exclusive, reverse });
}
