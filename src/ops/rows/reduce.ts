/** Sums, and broadcasting: each is the other's gradient. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import {
  broadcastShapes,
  checkShape,
  formatShape,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
  stridesOf,
} from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as elementwiseKernels from "../../kernels/generated/elementwise.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { checkArgument, checkOptions, either, flag, integer, listOf } from "../../options.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { foldWorkgroups, linearWorkgroups, oneThreadPerRow } from "../dispatch/workgroups.ts";
import { lowerCopy } from "../layout/copy.ts";
import { permutedRows, reshape } from "../layout/layout.ts";
import { lowerMoves, move } from "../layout/moves.ts";

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
      kernel: serial ? kernels.reduce_rows_serial : kernels.reduce_rows,
      variant: kind,
      bind: { x, y },
      params: { rows: outer, n, scale },
      workgroups: serial ? linearWorkgroups(outer) : foldWorkgroups(outer),
      flops,
    });
    return;
  }
  // few results from many elements: cut the axis into chunks so that there is work for the whole adapter
  const wanted = to.adapter.kind === "software" ? 64 : 16_384;
  const lanes = inVectors(inner, x, y) ? LANES : 1;
  const columns = (outer * inner) / lanes;
  const chunks = Math.max(1, Math.min(Math.ceil(wanted / columns), Math.floor(n / 32)));
  const chunkSize = Math.ceil(n / chunks);
  const used = Math.ceil(n / chunkSize);
  const partial = used > 1 ? to.temporary([outer, used, inner], "float32", "reduce partials") : y;
  to.dispatch({
    kernel: kernels.reduce_columns,
    variant: lanes === 1 ? kind : `${kind}_vec4`,
    bind: { x, y: partial },
    params: { outer, n, inner, chunks: used, chunk_size: chunkSize, scale: used > 1 ? 1 : scale },
    workgroups: linearWorkgroups(used * columns),
    flops,
  });
  if (used > 1) lowerBlock(to, secondStage(kind), partial, y, [outer, used, inner], scale);
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

interface Sum {
  readonly axes: readonly number[];
  readonly scale: number;
  readonly kind: "sum" | "sum_squares";
}

const sumOp: Op<Sum> = {
  name: "sum",
  gradient({ inputs, attributes: { axes, scale, kind } }, [g]) {
    if (!g) return [undefined];
    if (kind === "sum_squares") throw new Error("sum_squares is not differentiable");
    const x = inputs[0] as Value;
    const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    return [scaledBroadcast(reshape(g, kept), x.shape, scale)];
  },
  vectorize({ attributes: { axes, scale, kind }, outputs }, [x], _, length) {
    const inner = axes.map((axis) => axis + 1);
    return [applyOne(sumOp, [x as Value], { axes: inner, scale, kind }, stackedSpec(outputs[0] as Value, length))];
  },
  vectorizeSum({ attributes: { axes, scale, kind }, outputs }, [x]) {
    const inner = [0, ...axes.map((axis) => axis + 1)];
    return applyOne(sumOp, [x as Value], { axes: inner, scale, kind }, outputs[0] as Value);
  },
  lower({ inputs, outputs, attributes: { axes, scale, kind } }, to) {
    lowerReduction(to, kind, to.slot(inputs[0] as Value), axes, to.output(outputs[0] as Value), scale);
  },
};

/** Shape and type of a value with a leading time axis. */
export const stackedSpec = (value: Value, length: number) => ({ shape: [length, ...value.shape], dtype: value.dtype });

export interface ReduceOptions {
  /** Keep reduced axes with extent 1. */
  readonly keepDims?: boolean;
}

/** Checks a reduction's options. */
export function keepsDims(op: string, options: ReduceOptions): boolean {
  checkOptions(op, options, { keepDims: flag });
  return options.keepDims ?? false;
}

/** Checks and sorts the axes of a reduction; all axes when none are given. */
export function reductionAxes(op: string, x: Value, axes?: number | readonly number[]): number[] {
  requireValues(op, { x });
  checkArgument(op, "axes", axes, either(integer, listOf(integer, "integers")));
  if (x.dtype !== "float32") throw new DtypeError(`${op}: x is ${x.dtype}, expected float32`);
  const list = axes === undefined ? x.shape.map((_, axis) => axis) : typeof axes === "number" ? [axes] : axes;
  return [...new Set(list.map((axis) => normalizeAxis(op, axis, x.rank)))].sort((a, b) => a - b);
}

export const reducedShape = (shape: Shape, axes: readonly number[], keepDims: boolean): number[] =>
  keepDims
    ? shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : shape.filter((_, axis) => !axes.includes(axis));

function reduceSum(
  op: string,
  x: Value,
  axes: number | readonly number[] | undefined,
  keepDims: boolean,
  mean: boolean,
) {
  const list = reductionAxes(op, x, axes);
  const count = list.reduce((product, axis) => product * (x.shape[axis] as number), 1);
  const shape = reducedShape(x.shape, list, keepDims);
  if (count === 1) return reshape(x, shape);
  const all = list.length === x.rank;
  // the order of elements is of no account to a sum of all of them
  const source = all ? (permutedRows(x)?.source ?? x) : x;
  const scale = mean ? 1 / count : 1;
  return applyOne(sumOp, [source], { axes: list, scale, kind: "sum" }, { shape, dtype: "float32" });
}

/** Sum over axes (all when not given); negative axes count from the end. */
export const sum = (x: Value, axes?: number | readonly number[], options: ReduceOptions = {}): Value =>
  reduceSum("sum", x, axes, keepsDims("sum", options), false);

/** Mean over axes (all when not given). */
export const mean = (x: Value, axes?: number | readonly number[], options: ReduceOptions = {}): Value =>
  reduceSum("mean", x, axes, keepsDims("mean", options), true);

/** Sums `x` down to a shape that broadcasts to x's: the gradient of broadcasting. */
export function sumTo(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < lead || (shape[axis - lead] === 1 && x.shape[axis] !== 1));
  return reshape(axes.length ? sum(x, axes) : x, shape);
}

interface Broadcast {
  readonly scale: number;
}

const broadcastOp: Op<Broadcast> = {
  name: "broadcast",
  gradient({ inputs, attributes: { scale } }, [g]) {
    if (!g) return [undefined];
    const total = sumTo(g, (inputs[0] as Value).shape);
    return [scale === 1 ? total : scaledBroadcast(total, total.shape, scale)];
  },
  vectorize({ inputs: [original], outputs, attributes: { scale } }, [x], _, length) {
    const { shape } = outputs[0] as Value;
    const pad = shape.length - (original as Value).rank;
    const aligned = reshape(x as Value, [length, ...new Array<number>(pad).fill(1), ...(original as Value).shape]);
    return [scaledBroadcast(aligned, [length, ...shape], scale)];
  },
  moves({ inputs, outputs, attributes: { scale } }) {
    const { shape } = outputs[0] as Value;
    return scale === 1 ? [move(shape, broadcastStrides((inputs[0] as Value).shape, shape), stridesOf(shape))] : [];
  },
  lower(node, to) {
    const { inputs, outputs } = node;
    const { scale } = node.attributes;
    if (scale === 1) return lowerMoves(node, to);
    const x = to.slot(inputs[0] as Value);
    const y = to.output(outputs[0] as Value);
    const size = sizeOf(x.shape);
    const scaled = size === sizeOf(y.shape) ? y : to.temporary(x.shape, "float32", "scaled");
    to.dispatch({
      kernel: elementwiseKernels.elementwise_unary,
      variant: "affine",
      bind: { x, y: scaled },
      params: { size, alpha: scale, beta: 0 },
      workgroups: linearWorkgroups(size),
    });
    if (scaled !== y) lowerCopy(to, y.shape, scaled, broadcastStrides(x.shape, y.shape), y, stridesOf(y.shape));
  },
};

/** Strides of a tensor of `shape` read as one of `target`: 0 where it is stretched. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : (strides[axis - lead] as number)));
}

function scaledBroadcast(x: Value, shape: Shape, scale: number): Value {
  return applyOne(broadcastOp, [x], { scale }, { shape, dtype: x.dtype });
}

/** Stretches axes of extent 1 (and adds leading axes) by NumPy's rule. */
export function broadcastTo(x: Value, shape: Shape): Value {
  requireValues("broadcastTo", { x });
  checkShape("broadcastTo", shape);
  if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
    throw new ShapeError(
      `broadcastTo: ${formatShape(x.shape)} does not stretch to ${formatShape(shape)}, expected equal extents or 1, aligned at the last axis; reshape first to add axes of 1 behind`,
    );
  }
  if (sizeOf(x.shape) === sizeOf(shape)) return reshape(x, shape);
  return scaledBroadcast(x, shape, 1);
}
