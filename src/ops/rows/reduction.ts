/** Dispatches of reductions over axes. */

import type { Lowering, Slot } from "../../graph/lowering.ts";
import { sizeOf } from "../../graph/shape.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { chunksOf, oneThreadPerRow } from "./threads.ts";

export type Reduction = "sum" | "maximum" | "minimum" | "sum_squares";

/** A second stage combines partial results: squares are summed only once. */
const secondStage = (kind: Reduction): Reduction => (kind === "sum_squares" ? "sum" : kind);

/** Emits the reduction of the middle axis of `x` seen as [outer, n, inner] into `y` [outer, inner]. */
function lowerBlock(
  to: Lowering,
  kind: Reduction,
  x: Slot,
  y: Slot,
  [outer, n, inner]: readonly [number, number, number],
  scale: number,
): void {
  const flops = outer * n * inner;
  if (inner === 1 && (outer > 1 || n <= 4096)) {
    const serial = oneThreadPerRow(to.adapter, outer, n);
    to.dispatch({
      kernel: serial ? kernels.reduce_rows_serial : kernels.reduce_rows_parallel,
      variant: kind,
      bind: { x, y },
      params: { rows: outer, n, scale },
      workgroups: serial ? linearWorkgroups(outer) : foldWorkgroups(outer),
      flops,
    });
    return;
  }
  const lanes = inVectors(inner, x, y) ? LANES : 1;
  const columns = (outer * inner) / lanes;
  const { chunks, chunkSize } = chunksOf(to.adapter, columns, n);
  const partial = chunks > 1 ? to.temporary([outer, chunks, inner], "float32", "reduce partials") : y;
  to.dispatch({
    kernel: kernels.reduce_columns,
    variant: lanes === 1 ? kind : `${kind}_vec4`,
    bind: { x, y: partial },
    params: { outer, n, inner, chunks, chunk_size: chunkSize, scale: chunks > 1 ? 1 : scale },
    workgroups: linearWorkgroups(chunks * columns),
    flops,
  });
  if (chunks > 1) lowerBlock(to, secondStage(kind), partial, y, [outer, chunks, inner], scale);
}

/** Emits a reduction of `x` over `axes` (ascending), one contiguous block of axes at a time, innermost first. */
export function lowerReduction(
  to: Lowering,
  kind: Reduction,
  x: Slot,
  axes: readonly number[],
  y: Slot,
  scale: number,
) {
  const blocks: { first: number; last: number }[] = [];
  for (const axis of axes) {
    const block = blocks.at(-1);
    if (block && block.last === axis - 1) block.last = axis;
    else blocks.push({ first: axis, last: axis });
  }
  let current = x;
  let stage = kind;
  for (const [i, { first, last }] of [...blocks.reverse().entries()]) {
    const outer = sizeOf(current.shape.slice(0, first));
    const n = sizeOf(current.shape.slice(first, last + 1));
    const inner = sizeOf(current.shape.slice(last + 1));
    const final = i === blocks.length - 1;
    const kept = current.shape.map((extent, axis) => (axis >= first && axis <= last ? 1 : extent));
    const target = final ? y : to.temporary(kept, "float32", "reduce stage");
    lowerBlock(to, stage, current, target, [outer, n, inner], final ? scale : 1);
    current = { ...target, shape: kept };
    stage = secondStage(kind);
  }
}
