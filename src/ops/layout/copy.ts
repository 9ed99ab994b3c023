/** Emitting the copies and fills that layout, broadcasting and loops are made of. */

import { ShapeError } from "../../errors.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { type Shape, sizeOf } from "../../graph/shape.ts";
import * as elementwiseKernels from "../../kernels/generated/elementwise.ts";
import * as kernels from "../../kernels/generated/layout.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

const MAX_RANK = 6;

/** Emits one strided copy. Strides in elements, one per axis of `extents`; starts are offsets from the slots' own. */
export function lowerCopy(
  to: Lowering,
  extents: Shape,
  x: Slot,
  xStrides: readonly number[],
  y: Slot,
  yStrides: readonly number[],
  xStart = 0,
  yStart = 0,
): void {
  const merged = mergeAxes(extents, xStrides, yStrides);
  if (merged.extents.length > MAX_RANK) {
    throw new ShapeError(`copy: ${extents.length} axes do not merge to ${MAX_RANK}, use fewer axes`);
  }
  const [from, into] = [
    { ...x, offset: x.offset + xStart },
    { ...y, offset: y.offset + yStart },
  ];
  const vectors = inSteps(merged, from, into);
  const walk = vectors ?? merged;
  const size = sizeOf(walk.extents);
  const params: Record<string, number> = { size };
  for (let i = 0; i < MAX_RANK; i++) {
    const axis = walk.extents.length - MAX_RANK + i;
    params[`d${i}`] = walk.extents[axis] ?? 1;
    params[`x_s${i}`] = walk.a[axis] ?? 0;
    params[`y_s${i}`] = walk.b[axis] ?? 0;
  }
  to.dispatch({
    kernel: vectors ? kernels.copy_vectors : kernels.copy_strided,
    bind: { x: from, y: into },
    params,
    workgroups: linearWorkgroups(size),
  });
}

interface Walk {
  readonly extents: readonly number[];
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/** The same walk in steps of four elements, where both sides lie in runs of four; else null. */
function inSteps({ extents, a, b }: Walk, ...slots: readonly Slot[]): Walk | null {
  const last = extents.length - 1;
  const outer = (values: readonly number[]) => values.slice(0, last);
  const whole = [...outer(a), ...outer(b)].every((stride) => stride % LANES === 0);
  if (!whole || !inVectors(extents[last] ?? 1, ...slots) || a[last] !== 1 || b[last] !== 1) return null;
  const strides = (values: readonly number[]) => [...outer(values).map((stride) => stride / LANES), 1];
  return { extents: [...outer(extents), (extents[last] as number) / LANES], a: strides(a), b: strides(b) };
}

/** Joins neighbouring axes that both sides walk as one, so that few remain. */
export function mergeAxes(extents: Shape, a: readonly number[], b: readonly number[]) {
  const merged = { extents: [] as number[], a: [] as number[], b: [] as number[] };
  for (let axis = 0; axis < extents.length; axis++) {
    const extent = extents[axis] as number;
    if (extent === 1) continue;
    const last = merged.extents.length - 1;
    const [sa, sb] = [a[axis] as number, b[axis] as number];
    if (last >= 0 && merged.a[last] === sa * extent && merged.b[last] === sb * extent) {
      merged.extents[last] = (merged.extents[last] as number) * extent;
      merged.a[last] = sa;
      merged.b[last] = sb;
    } else {
      merged.extents.push(extent);
      merged.a.push(sa);
      merged.b.push(sb);
    }
  }
  return merged;
}

/** Emits `y[:] = value` (a float32). */
export function lowerFill(to: Lowering, y: Slot, value: number): void {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
  const size = sizeOf(y.shape);
  const vectors = inVectors(size, y);
  to.dispatch({
    kernel: elementwiseKernels.fill,
    ...(vectors ? { variant: "vec4" } : {}),
    bind: { y },
    params: { size, value: bits },
    workgroups: linearWorkgroups(vectors ? size / LANES : size),
  });
}

/** Emits two copies of as many elements each, [from, into], in one dispatch. */
export function lowerCopyPair(to: Lowering, first: readonly [Slot, Slot], second: readonly [Slot, Slot]): void {
  const size = sizeOf(first[1].shape);
  const vectors = inVectors(size, ...first, ...second);
  to.dispatch({
    kernel: kernels.copy_pair,
    ...(vectors ? { variant: "vec4" } : {}),
    bind: { x1: first[0], x2: second[0], y1: first[1], y2: second[1] },
    params: { size },
    workgroups: linearWorkgroups(size / (vectors ? LANES : 1)),
  });
}
