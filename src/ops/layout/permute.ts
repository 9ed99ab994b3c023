/** Other shapes and other orders of axes, and how they are taken together: what a value costs depends on what it is made of. */

import { ShapeError } from "../../errors.ts";
import { applyOne, nodeOf, shortcut } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { checkShape, formatShape, normalizeAxis, type Shape, sameShape, sizeOf, stridesOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { checkArgument, countOrZero, either, integer, listOf, numberWithin, required } from "../../options.ts";
import { lowerMoves, type Moved, move, moveWhole } from "./moves.ts";

const reshapeOp: Op<null, Moved> = {
  name: "reshape",
  moves: moveWhole,
  gradient: ({ inputs: { x } }, { y: g }) => ({ x: reshape(g, x.shape) }),
  vectorize: ({ outputs }, { x }, _, length) => ({ y: reshape(x, [length, ...outputs.y.shape]) }),
  sumOfSums: ({ inputs: { x }, outputs: { y } }, sumOf) => reshape(sumOf(x), y.shape),
  element: {
    write: ({ inputs: { x } }, { rows, column, at }, y) =>
      rows === 1 || x.shape[0] === y.shape[0] ? at(x, column) : null,
  },
  lower({ inputs: { x }, outputs: { y } }, to) {
    to.alias(y, { ...to.slot(x), shape: y.shape });
  },
};

/** The same elements in row-major order under another shape; costs nothing. One extent may be -1: worked out. */
export function reshape(x: Value, shape: Shape): Value {
  requireValues("reshape", { x });
  checkArgument(
    "reshape",
    "shape",
    shape,
    required(
      listOf(
        numberWithin("a number", () => true),
        "integers",
      ),
    ),
  );
  const size = sizeOf(x.shape);
  if (!Array.isArray(shape)) checkShape("reshape", shape);
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const target = shape.map((extent) => (extent === -1 ? size / known : extent));
  const open = shape.filter((extent) => extent === -1).length;
  if (sizeOf(target) !== size || open > 1 || target.some((extent) => !Number.isInteger(extent) || extent < 1)) {
    throw new ShapeError(
      `reshape: ${formatShape(x.shape)} has ${size} elements, expected as many in the new shape, of positive integers and at most one -1, got ${formatShape(shape)}`,
    );
  }
  if (sameShape(target, x.shape)) return x;
  return view(x, target);
}

/** `x` without the given axes, which must have extent 1; without all such axes when none are given. Costs nothing. */
export function squeeze(x: Value, axes?: number | readonly number[]): Value {
  requireValues("squeeze", { x });
  checkArgument("squeeze", "axes", axes, either(integer, listOf(integer, "integers")));
  const list = typeof axes === "number" ? [axes] : axes;
  const gone = list?.map((axis) => normalizeAxis("squeeze", axis, x.rank));
  for (const axis of gone ?? []) {
    if (x.shape[axis] === 1) continue;
    throw new ShapeError(`squeeze: axis ${axis} of ${formatShape(x.shape)} has extent ${x.shape[axis]}, expected 1`);
  }
  return reshape(
    x,
    x.shape.filter((extent, axis) => !(gone ? gone.includes(axis) : extent === 1)),
  );
}

/** A value of its own in the memory of `x`. */
export function view(x: Value, shape: Shape = x.shape): Value {
  const of = (base: Value) => applyOne(reshapeOp, { x: base }, null, { shape, dtype: x.dtype });
  const behind = nodeOf(reshapeOp, x);
  return behind ? shortcut(of(behind.inputs.x), reshapeOp, { x }, null) : of(x);
}

/** What `x` is a view of in the same shape, else `x`. */
function behindView(x: Value): Value {
  const base = nodeOf(reshapeOp, x)?.inputs.x;
  return base?.node && sameShape(base.shape, x.shape) ? base : x;
}

interface Permute {
  readonly order: readonly number[];
}

const permuteOp: Op<Permute, Moved> = {
  name: "permute",
  gradient: ({ attributes }, { y: g }) => ({ x: permute(g, invertOrder(attributes.order)) }),
  vectorize: ({ attributes }, { x }) => ({ y: permute(x, [0, ...attributes.order.map((axis) => axis + 1)]) }),
  permuted({ inputs: { x }, attributes }, order) {
    const both = order.map((axis) => attributes.order[axis] as number);
    return both.every((axis, i) => axis === i) ? view(x) : permute(x, both);
  },
  moves({ inputs: { x }, outputs: { y }, attributes: { order } }) {
    const strides = stridesOf(x.shape);
    const from = order.map((axis) => strides[axis] as number);
    return [move(x, y, y.shape, from, stridesOf(y.shape))];
  },
  lower: lowerMoves,
};

/** Output axis i is input axis `order[i]`. */
export function permute(x: Value, order: readonly number[]): Value {
  requireValues("permute", { x });
  checkArgument("permute", "order", order, required(listOf(countOrZero, "axes")));
  if ([...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== x.rank) {
    throw new ShapeError(
      `permute: order ${formatShape(order)} does not fit shape ${formatShape(x.shape)}, expected each of 0 to ${x.rank - 1} once`,
    );
  }
  if (order.every((axis, i) => axis === i)) return x;
  const shape = order.map((axis) => x.shape[axis] as number);
  const moved = order.filter((axis) => x.shape[axis] !== 1);
  // also of the same shape it is not x itself: a layer's output for one step of one row is not the sequence inside
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number))) return view(x, shape);
  const { node } = behindView(x);
  const cheaper = node?.op.permuted?.(node, order);
  if (cheaper) return shortcut(cheaper, permuteOp, { x }, { order: [...order] });
  return applyOne(permuteOp, { x }, { order: [...order] }, { shape, dtype: x.dtype });
}

export function invertOrder(order: readonly number[]): number[] {
  const inverse = new Array<number>(order.length);
  order.forEach((axis, i) => {
    inverse[axis] = i;
  });
  return inverse;
}

/**
 * If `x` is a permutation that leaves the last axis in place, what it permutes and how. Operations that work on the last
 * axis alone pull such a permutation out (`f(permute(x))` becomes `permute(f(x))`), so that batch-first surfaces of
 * time-major layers cancel.
 */
export function permutedRows(x: Value): { source: Value; order: readonly number[]; isLeaf: boolean } | null {
  const node = nodeOf(permuteOp, behindView(x));
  if (!node) return null;
  const { order } = node.attributes;
  if (order.at(-1) !== x.rank - 1) return null;
  const source = node.inputs.x;
  // whoever holds x may ask for its gradient: what is read behind it is x turned back
  const turnedBack = shortcut(view(source), permuteOp, { x }, { order: invertOrder(order) });
  return { source: turnedBack, order, isLeaf: !source.node };
}

/** Swaps two axes. */
export function transpose(x: Value, axis1 = -2, axis2 = -1): Value {
  requireValues("transpose", { x });
  const a = normalizeAxis("transpose", axis1, x.rank);
  const b = normalizeAxis("transpose", axis2, x.rank);
  const order = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return permute(x, order);
}
