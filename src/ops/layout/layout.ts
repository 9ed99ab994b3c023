/** Operations that move elements without computing: views where the order in memory stays, copies where it does not. */

import { ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import { requireValues, valueList } from "../../graph/arguments.ts";
import { checkShape, formatShape, normalizeAxis, type Shape, sameShape, stridesOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { aNumber, anElement, checkArgument, either, integer, listOf, required } from "../../options.ts";
import { lowerCopy, lowerFill } from "./copy.ts";
import { lowerMoves, lowerParts, move, moveWhole } from "./moves.ts";
import { reshape } from "./permute.ts";

export { invertOrder, permute, permutedRows, permuteRules, reshape, transpose, view } from "./permute.ts";

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
  moves({ inputs, outputs, attributes: { axis, start } }) {
    const { shape } = outputs[0] as Value;
    const strides = stridesOf((inputs[0] as Value).shape);
    return [move(shape, strides, stridesOf(shape), { fromStart: start * (strides[axis] as number) })];
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
  moves({ inputs, outputs, attributes: { axis } }) {
    const strides = stridesOf((inputs[0] as Value).shape);
    let fromStart = 0;
    return outputs.map(({ shape }, output) => {
      const part = move(shape, strides, stridesOf(shape), { output, fromStart });
      fromStart += (shape[axis] as number) * (strides[axis] as number);
      return part;
    });
  },
  lower: lowerParts,
};

/** Cuts an axis into parts of the given extents, or into that many equal ones. */
export function split(x: Value, parts: number | readonly number[], axis = 0): Value[] {
  requireValues("split", { x });
  checkArgument("split", "parts", parts, required(either(aNumber, listOf(aNumber, "numbers"))));
  const at = normalizeAxis("split", axis, x.rank);
  const extent = x.shape[at] as number;
  if (typeof parts === "number" && !(Number.isInteger(parts) && parts >= 1 && extent % parts === 0)) {
    throw new ShapeError(
      `split: ${parts} parts do not cut axis ${at} of ${formatShape(x.shape)}, expected a positive integer that divides ${extent}`,
    );
  }
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
  moves({ inputs, outputs, attributes: { axis } }) {
    const strides = stridesOf((outputs[0] as Value).shape);
    let toStart = 0;
    return inputs.map(({ shape }, input) => {
      const part = move(shape, stridesOf(shape), strides, { input, toStart });
      toStart += (shape[axis] as number) * (strides[axis] as number);
      return part;
    });
  },
  lower: lowerMoves,
};

/** Joins values along an existing axis; all other extents must agree. */
export function concat(values: readonly Value[], axis = 0): Value {
  checkArgument("concat", "values", values, valueList);
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
  checkArgument("stack", "values", values, valueList);
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
  moves({ inputs, attributes: { axis } }) {
    const { shape } = inputs[0] as Value;
    const strides = stridesOf(shape);
    const from = strides.map((stride, i) => (i === axis ? -stride : stride));
    return [move(shape, from, strides, { fromStart: ((shape[axis] as number) - 1) * (strides[axis] as number) })];
  },
  lower: lowerMoves,
};

/** Reverses an axis. */
export function flip(x: Value, axis: number): Value {
  requireValues("flip", { x });
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
export function full(shape: Shape, value: number): Value {
  checkArgument("full", "value", value, required(anElement));
  return filled("full", shape, value);
}

/** `full` with 0. */
export const zeros = (shape: Shape): Value => filled("zeros", shape, 0);

function filled(op: string, shape: Shape, value: number): Value {
  checkShape(op, shape);
  return applyOne(fullOp, [], { value }, { shape: [...shape], dtype: "float32" });
}

const stopGradientOp: Op<null> = {
  name: "stopGradient",
  moves: moveWhole,
  gradient: () => [undefined],
  vectorize: (_, [x]) => [stopGradient(x as Value)],
  lower({ inputs, outputs }, to) {
    to.alias(outputs[0] as Value, to.slot(inputs[0] as Value));
  },
};

/** The same value, taken as a constant by differentiation. */
export function stopGradient(x: Value): Value {
  requireValues("stopGradient", { x });
  return applyOne(stopGradientOp, [x], null, x);
}
