/** Operations that move elements without computing: views where the order in memory stays, copies where it does not. */
import { ShapeError } from "../errors.ts";
import type { Op } from "../graph/op.ts";
import { formatShape, normalizeAxis, type Shape, sameShape, sizeOf, stridesOf } from "../graph/shape.ts";
import { apply, applyOne, type Node, shortcut, type Value } from "../graph/value.ts";
import { lowerCopy, lowerFill } from "./copy.ts";

const reshapeOp: Op<null> = {
  name: "reshape",
  gradient: ({ inputs }, [g]) => [g && reshape(g, (inputs[0] as Value).shape)],
  vectorize: ({ outputs }, [x], _, length) => [reshape(x as Value, [length, ...(outputs[0] as Value).shape])],
  lower({ inputs, outputs }, to) {
    const y = outputs[0] as Value;
    to.alias(y, { ...to.slot(inputs[0] as Value), shape: y.shape });
  },
};

/** The same elements in row-major order under another shape; costs nothing. One extent may be -1: worked out. */
export function reshape(x: Value, shape: Shape): Value {
  const size = sizeOf(x.shape);
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  const target = shape.map((extent) => (extent === -1 ? size / known : extent));
  if (sizeOf(target) !== size || target.some((extent) => !Number.isInteger(extent))) {
    throw new ShapeError(
      `reshape: ${formatShape(x.shape)} has ${size} elements, expected as many in the new shape, got ${formatShape(shape)}`,
    );
  }
  if (sameShape(target, x.shape)) return x;
  return view(x, target);
}

/** A value of its own in the memory of `x`. */
export function view(x: Value, shape: Shape = x.shape): Value {
  const of = (base: Value) => applyOne(reshapeOp, [base], null, { shape, dtype: x.dtype });
  return x.node?.op === (reshapeOp as Op) ? shortcut(of(x.node.inputs[0] as Value), reshapeOp, [x], null) : of(x);
}

/** The node that computes `x`, or what `x` is a view of in the same shape. */
function nodeBehind({ node, shape }: Value): Node | null {
  const base = node?.op === (reshapeOp as Op) ? (node.inputs[0] as Value) : null;
  return base?.node && sameShape(base.shape, shape) ? base.node : node;
}

interface Permute {
  readonly order: readonly number[];
}

export const permuteOp: Op<Permute> = {
  name: "permute",
  gradient: ({ attributes }, [g]) => [g && permute(g, invertOrder(attributes.order))],
  vectorize: ({ attributes }, [x]) => [permute(x as Value, [0, ...attributes.order.map((axis) => axis + 1)])],
  lower({ inputs, outputs, attributes }, to) {
    const y = outputs[0] as Value;
    const x = to.slot(inputs[0] as Value);
    const strides = stridesOf(x.shape);
    lowerCopy(
      to,
      y.shape,
      x,
      attributes.order.map((axis) => strides[axis] as number),
      to.output(y),
      stridesOf(y.shape),
    );
  },
};

/** Output axis i is input axis `order[i]`. */
export function permute(x: Value, order: readonly number[]): Value {
  if ([...order].sort((a, b) => a - b).some((axis, i) => axis !== i) || order.length !== x.rank) {
    throw new ShapeError(
      `permute: order ${formatShape(order)} does not fit shape ${formatShape(x.shape)}, expected each of 0 to ${x.rank - 1} once`,
    );
  }
  if (order.every((axis, i) => axis === i)) return x;
  const shape = order.map((axis) => x.shape[axis] as number);
  const moved = order.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number))) return reshape(x, shape);
  const node = nodeBehind(x);
  const cheaper = node && (permuteRules.get(node.op)?.(node, order) ?? null);
  if (cheaper) return shortcut(cheaper, permuteOp, [x], { order: [...order] });
  return applyOne(permuteOp, [x], { order: [...order] }, { shape, dtype: x.dtype });
}

/**
 * Rewrites of `permute(op(x))` to a new value, registered by operations that can take the permutation on a cheaper input. They
 * are given the operation's node.
 */
export const permuteRules = new Map<Op, (node: Node, order: readonly number[]) => Value | null>();

permuteRules.set(permuteOp as Op, ({ inputs, attributes }, order) => {
  const source = inputs[0] as Value;
  const inner = (attributes as Permute).order;
  const both = order.map((axis) => inner[axis] as number);
  const y = permute(source, both);
  return y === source ? view(source) : y;
});

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
  const node = nodeBehind(x);
  if (node?.op !== (permuteOp as Op)) return null;
  const { order } = node.attributes as Permute;
  if (order.at(-1) !== x.rank - 1) return null;
  const source = node.inputs[0] as Value;
  // whoever holds x may ask for its gradient: what is read behind it is x turned back
  const turnedBack = shortcut(view(source), permuteOp, [x], { order: invertOrder(order) });
  return { source: turnedBack, order, isLeaf: !source.node };
}

/** Swaps two axes. */
export function transpose(x: Value, axis1 = -2, axis2 = -1): Value {
  const a = normalizeAxis("transpose", axis1, x.rank);
  const b = normalizeAxis("transpose", axis2, x.rank);
  const order = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return permute(x, order);
}

interface Slice {
  readonly axis: number;
  readonly start: number;
}

const sliceOp: Op<Slice> = {
  name: "slice",
  gradient: ({ inputs, attributes }, [g]) => [
    g && placeInZeros(g, (inputs[0] as Value).shape, attributes.axis, attributes.start),
  ],
  vectorize: ({ outputs, attributes: { axis, start } }, [x]) => [
    slice(x as Value, axis + 1, start, start + ((outputs[0] as Value).shape[axis] as number)),
  ],
  lower({ inputs, outputs, attributes: { axis, start } }, to) {
    const y = outputs[0] as Value;
    const x = to.slot(inputs[0] as Value);
    const strides = stridesOf(x.shape);
    const first = start * (strides[axis] as number);
    if (sizeOf(x.shape.slice(0, axis)) === 1) {
      to.alias(y, { ...x, shape: y.shape, offset: x.offset + first });
    } else {
      lowerCopy(to, y.shape, x, strides, to.output(y), stridesOf(y.shape), first);
    }
  },
};

/** Elements `start` to `end` (exclusive; negative counts from the end) along an axis. A view along the first axis. */
export function slice(x: Value, axis: number, start: number, end: number = Number.POSITIVE_INFINITY): Value {
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
  return applyOne(sliceOp, [x], { axis: at, start: from }, { shape, dtype: x.dtype });
}

const splitOp: Op<{ readonly axis: number }> = {
  name: "split",
  // one concatenation, where a slice for each part would give as many tensors of the whole size to be added up
  gradient: ({ outputs, attributes: { axis } }, gradients) => [
    concat(
      outputs.map((output, i) => gradients[i] ?? zeros(output.shape)),
      axis,
    ),
  ],
  vectorize: ({ outputs, attributes: { axis } }, [x]) =>
    split(
      x as Value,
      outputs.map((output) => output.shape[axis] as number),
      axis + 1,
    ),
  lower({ inputs, outputs, attributes: { axis } }, to) {
    const x = to.slot(inputs[0] as Value);
    const strides = stridesOf(x.shape);
    let start = 0;
    for (const y of outputs) {
      const first = start * (strides[axis] as number);
      if (sizeOf(x.shape.slice(0, axis)) === 1) {
        to.alias(y, { ...x, shape: y.shape, offset: x.offset + first });
      } else {
        lowerCopy(to, y.shape, x, strides, to.output(y), stridesOf(y.shape), first);
      }
      start += y.shape[axis] as number;
    }
  },
};

/** Cuts an axis into parts of the given extents, or into that many equal ones. */
export function split(x: Value, parts: number | readonly number[], axis = 0): Value[] {
  const at = normalizeAxis("split", axis, x.rank);
  const extent = x.shape[at] as number;
  const extents = typeof parts === "number" ? new Array<number>(parts).fill(extent / parts) : parts;
  const total = extents.reduce((sum, part) => sum + part, 0);
  if (total !== extent || extents.some((part) => !Number.isInteger(part) || part < 1)) {
    throw new ShapeError(
      `split: parts ${formatShape(extents)} do not cut axis ${at} of ${formatShape(x.shape)}, expected positive integers with sum ${extent}`,
    );
  }
  if (extents.length === 1) return [x];
  const specs = extents.map((part) => ({ shape: x.shape.map((e, i) => (i === at ? part : e)), dtype: x.dtype }));
  return apply(splitOp, [x], { axis: at }, specs);
}

const placeInZerosOp: Op<Slice> = {
  name: "placeInZeros",
  gradient: ({ inputs, attributes: { axis, start } }, [g]) => [
    g && slice(g, axis, start, start + ((inputs[0] as Value).shape[axis] as number)),
  ],
  vectorize: ({ outputs, attributes: { axis, start } }, [x], _, length) => [
    placeInZeros(x as Value, [length, ...(outputs[0] as Value).shape], axis + 1, start),
  ],
  lower({ inputs, outputs, attributes: { axis, start } }, to) {
    const part = to.slot(inputs[0] as Value);
    const y = to.output(outputs[0] as Value);
    const strides = stridesOf(y.shape);
    lowerFill(to, y, 0);
    lowerCopy(to, part.shape, part, stridesOf(part.shape), y, strides, 0, start * (strides[axis] as number));
  },
};

/** Zeros of `shape` with `x` from `start` on along `axis`: the gradient of `slice`. */
export function placeInZeros(x: Value, shape: Shape, axis: number, start: number): Value {
  return applyOne(placeInZerosOp, [x], { axis, start }, { shape, dtype: x.dtype });
}

const concatOp: Op<{ readonly axis: number }> = {
  name: "concat",
  gradient({ inputs, attributes: { axis } }, [g], needed) {
    let start = 0;
    return inputs.map((input, i) => {
      const extent = input.shape[axis] as number;
      start += extent;
      return g && needed[i] ? slice(g, axis, start - extent, start) : undefined;
    });
  },
  vectorize: ({ attributes: { axis } }, inputs, stacked) =>
    stacked.every(Boolean) ? [concat(inputs, axis + 1)] : null,
  lower({ inputs, outputs, attributes: { axis } }, to) {
    const y = to.output(outputs[0] as Value);
    const strides = stridesOf(y.shape);
    let start = 0;
    for (const input of inputs) {
      const part = to.slot(input);
      lowerCopy(to, part.shape, part, stridesOf(part.shape), y, strides, 0, start * (strides[axis] as number));
      start += part.shape[axis] as number;
    }
  },
};

/** Joins values along an existing axis; all other extents must agree. */
export function concat(values: readonly Value[], axis = 0): Value {
  const [first] = values;
  if (!first) throw new ShapeError("concat: got no values, expected at least one");
  const at = normalizeAxis("concat", axis, first.rank);
  for (const value of values) {
    const fits = value.rank === first.rank && value.shape.every((extent, i) => i === at || extent === first.shape[i]);
    if (!fits || value.dtype !== first.dtype) {
      throw new ShapeError(
        `concat: ${value.dtype}${formatShape(value.shape)} does not fit ${first.dtype}${formatShape(first.shape)}, expected equal extents but for axis ${at}`,
      );
    }
  }
  if (values.length === 1) return first;
  const total = values.reduce((sum, value) => sum + (value.shape[at] as number), 0);
  const shape = first.shape.map((extent, i) => (i === at ? total : extent));
  return applyOne(concatOp, values, { axis: at }, { shape, dtype: first.dtype });
}

/** Joins values of one shape along a new axis: the first, or the one that becomes `axis` of the result. */
export function stack(values: readonly Value[], axis = 0): Value {
  const [first] = values;
  if (!first) throw new ShapeError("stack: got no values, expected at least one");
  const at = normalizeAxis("stack", axis, first.rank + 1);
  for (const { shape } of values) {
    if (!sameShape(shape, first.shape)) {
      throw new ShapeError(
        `stack: ${formatShape(shape)} does not fit ${formatShape(first.shape)}, expected equal shapes`,
      );
    }
  }
  return concat(
    values.map((x) => reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])),
    at,
  );
}

const flipOp: Op<{ readonly axis: number }> = {
  name: "flip",
  gradient: ({ attributes }, [g]) => [g && flip(g, attributes.axis)],
  vectorize: ({ attributes }, [x]) => [flip(x as Value, attributes.axis + 1)],
  lower({ inputs, outputs, attributes: { axis } }, to) {
    const x = to.slot(inputs[0] as Value);
    const y = to.output(outputs[0] as Value);
    const strides = stridesOf(x.shape);
    const last = ((x.shape[axis] as number) - 1) * (strides[axis] as number);
    lowerCopy(
      to,
      y.shape,
      x,
      strides.map((s, i) => (i === axis ? -s : s)),
      y,
      strides,
      last,
    );
  },
};

/** Reverses an axis. */
export function flip(x: Value, axis: number): Value {
  const at = normalizeAxis("flip", axis, x.rank);
  if (x.shape[at] === 1) return x;
  return applyOne(flipOp, [x], { axis: at }, { shape: x.shape, dtype: x.dtype });
}

const fullOp: Op<{ readonly value: number }> = {
  name: "full",
  gradient: () => [],
  vectorize: ({ outputs, attributes: { value } }, _inputs, _stacked, length) => [
    full([length, ...(outputs[0] as Value).shape], value),
  ],
  lower: ({ outputs, attributes: { value } }, to) => lowerFill(to, to.output(outputs[0] as Value), value),
};

/** A float32 tensor filled with one number. */
export const full = (shape: Shape, value: number): Value =>
  applyOne(fullOp, [], { value }, { shape: [...shape], dtype: "float32" });

export const zeros = (shape: Shape): Value => full(shape, 0);

const stopGradientOp: Op<null> = {
  name: "stopGradient",
  gradient: () => [undefined],
  vectorize: (_, [x]) => [stopGradient(x as Value)],
  lower({ inputs, outputs }, to) {
    to.alias(outputs[0] as Value, to.slot(inputs[0] as Value));
  },
};

/** The same value, taken as a constant by differentiation. */
export function stopGradient(x: Value): Value {
  return applyOne(stopGradientOp, [x], null, x);
}
