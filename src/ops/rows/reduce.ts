/** Sums, and broadcasting: each is the other's gradient. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { literal } from "../../graph/element.ts";
import { forEachNamed } from "../../graph/named.ts";
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
import type { Each, Op, Value } from "../../graph/value.ts";
import * as elementwiseKernels from "../../kernels/generated/elementwise.ts";
import { checkArgument, checkOptions, either, flag, integer, listOf } from "../../options.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { lowerCopy } from "../layout/copy.ts";
import { permutedRows, reshape } from "../layout/layout.ts";
import { lowerMoves, type Moved, move } from "../layout/moves.ts";
import { lowerReduction } from "./reduction.ts";

interface Sum {
  readonly axes: readonly number[];
  readonly scale: number;
  readonly kind: "sum" | "sum_squares";
}

const sumOp: Op<Sum, Moved> = {
  name: "sum",
  gradient({ inputs: { x }, attributes: { axes, scale, kind } }, { y: g }) {
    if (kind === "sum_squares") throw new Error("sum_squares is not differentiable");
    const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    return { x: scaledBroadcast(reshape(g, kept), x.shape, scale) };
  },
  vectorize({ attributes: { axes, scale, kind }, outputs: { y } }, { x }, _, length) {
    const inner = axes.map((axis) => axis + 1);
    return { y: applyOne(sumOp, { x }, { axes: inner, scale, kind }, stackedSpec(y, length)) };
  },
  vectorizeSum({ attributes: { axes, scale, kind }, outputs: { y } }, { x }) {
    const inner = [0, ...axes.map((axis) => axis + 1)];
    return applyOne(sumOp, { x }, { axes: inner, scale, kind }, y);
  },
  lower({ inputs, outputs, attributes: { axes, scale, kind } }, to) {
    lowerReduction(to, kind, to.slot(inputs.x), axes, to.output(outputs.y), scale);
  },
};

/** Shape and type of a value with a leading time axis. */
export const stackedSpec = (value: Value, length: number) => ({ shape: [length, ...value.shape], dtype: value.dtype });

/** Options of `sum`, `mean`, `max` and `min`. */
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
  return applyOne(sumOp, { x: source }, { axes: list, scale, kind: "sum" }, { shape, dtype: "float32" });
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

export const broadcastOp: Op<Broadcast, Moved> = {
  name: "broadcast",
  gradient({ inputs: { x }, attributes: { scale } }, { y: g }) {
    const total = sumTo(g, x.shape);
    return { x: scale === 1 ? total : scaledBroadcast(total, total.shape, scale) };
  },
  vectorize({ inputs: { x: original }, outputs: { y }, attributes: { scale } }, { x }, _, length) {
    const pad = y.rank - original.rank;
    const aligned = reshape(x, [length, ...new Array<number>(pad).fill(1), ...original.shape]);
    return { y: scaledBroadcast(aligned, [length, ...y.shape], scale) };
  },
  moves({ inputs: { x }, outputs: { y }, attributes: { scale } }) {
    return scale === 1 ? [move(x, y, y.shape, broadcastStrides(x.shape, y.shape), stridesOf(y.shape))] : [];
  },
  element: {
    write({ inputs: { x }, attributes: { scale } }, place) {
      const factor = literal(scale);
      return scale === 1 ? place.of(x) : factor && `${factor} * ${place.of(x)}`;
    },
  },
  lower(node, to) {
    const { scale } = node.attributes;
    if (scale === 1) return lowerMoves(node, to);
    const x = to.slot(node.inputs.x);
    const y = to.output(node.outputs.y);
    const size = sizeOf(x.shape);
    const scaled = size === sizeOf(y.shape) ? y : to.temporary(x.shape, "float32", "scaled");
    to.dispatch({
      kernel: elementwiseKernels.elementwise_unary_numbers,
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
  return applyOne(broadcastOp, { x }, { scale }, { shape, dtype: x.dtype });
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

/** Inputs for all steps: what is no time axis's is repeated. */
export const stackAll = <Inputs>(inputs: Inputs, stacked: Each<Inputs, boolean>, length: number): Inputs =>
  forEachNamed(
    inputs,
    (x, isStacked: boolean) => (isStacked ? x : broadcastTo(x, [length, ...x.shape])),
    stacked,
  ) as Inputs;
