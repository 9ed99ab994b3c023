/** Operations that move elements without computing: views where the order in memory stays, copies where it does not. */

import { ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import { requireValues, valueList } from "../../graph/arguments.ts";
import { columnsOf, literal } from "../../graph/element.ts";
import { checkShape, formatShape, normalizeAxis, type Shape, sameShape, stridesOf } from "../../graph/shape.ts";
import type { None, Op, Value } from "../../graph/value.ts";
import { aNumber, anElement, checkArgument, either, integer, listOf, required } from "../../options.ts";
import { lowerCopy, lowerFill } from "./copy.ts";
import { lowerMoves, lowerParts, type Moved, move, moveWhole } from "./moves.ts";
import { reshape } from "./permute.ts";

export { invertOrder, permute, permutedRows, reshape, squeeze, transpose, view } from "./permute.ts";

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

const concatOp: Op<{ readonly axis: number }, { readonly parts: readonly Value[] }> = {
  name: "concat",
  gradient({ inputs: { parts }, attributes: { axis } }, { y: g }) {
    let start = 0;
    return {
      parts: parts.map(({ shape }) => {
        const from = start;
        start += shape[axis] as number;
        return () => slice(g, axis, from, from + (shape[axis] as number));
      }),
    };
  },
  vectorize: ({ attributes: { axis } }, { parts }, stacked) =>
    stacked.parts.every(Boolean) ? { y: concat(parts, axis + 1) } : null,
  element: {
    write({ inputs: { parts }, attributes: { axis } }, { rows, column, at }, y) {
      const step = columnsOf(y.shape, axis, rows);
      if (step === null) return null;
      let own = column;
      for (const part of parts) {
        const columns = (part.shape[axis] as number) * step;
        if (own < columns) return at(part, own);
        own -= columns;
      }
      return null;
    },
    parts({ inputs: { parts }, attributes: { axis } }, rows) {
      return parts.map(({ shape }) => (shape[axis] as number) * (columnsOf(shape, axis, rows) ?? 0));
    },
  },
  moves({ inputs: { parts }, outputs: { y }, attributes: { axis } }) {
    const strides = stridesOf(y.shape);
    let toStart = 0;
    return parts.map((part) => {
      const { shape } = part;
      const own = move(part, y, shape, stridesOf(shape), strides, { toStart });
      toStart += (shape[axis] as number) * (strides[axis] as number);
      return own;
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
  return applyOne(concatOp, { parts: values }, { axis: at }, { shape, dtype: first.dtype });
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

const flipOp: Op<{ readonly axis: number }, Moved> = {
  name: "flip",
  gradient: ({ attributes: { axis } }, { y: g }) => ({ x: flip(g, axis) }),
  vectorize: ({ attributes: { axis } }, { x }) => ({ y: flip(x, axis + 1) }),
  moves({ inputs: { x }, outputs: { y }, attributes: { axis } }) {
    const strides = stridesOf(x.shape);
    const from = strides.map((stride, i) => (i === axis ? -stride : stride));
    const fromStart = ((x.shape[axis] as number) - 1) * (strides[axis] as number);
    return [move(x, y, x.shape, from, strides, { fromStart })];
  },
  lower: lowerMoves,
};

/** Reverses an axis. */
export function flip(x: Value, axis: number): Value {
  requireValues("flip", { x });
  const at = normalizeAxis("flip", axis, x.rank);
  if (x.shape[at] === 1) return x;
  return applyOne(flipOp, { x }, { axis: at }, { shape: x.shape, dtype: x.dtype });
}

export const fullOp: Op<{ readonly value: number }, None> = {
  name: "full",
  gradient: () => ({}),
  vectorize: ({ outputs: { y }, attributes: { value } }, _inputs, _stacked, length) => ({
    y: full([length, ...y.shape], value),
  }),
  element: { write: ({ attributes: { value } }) => literal(value) },
  lower: ({ outputs: { y }, attributes: { value } }, to) => lowerFill(to, to.output(y), value),
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
  return applyOne(fullOp, {}, { value }, { shape: [...shape], dtype: "float32" });
}

const stopGradientOp: Op<null, Moved> = {
  name: "stopGradient",
  moves: moveWhole,
  gradient: () => ({}),
  vectorize: (_, { x }) => ({ y: stopGradient(x) }),
  element: { write: ({ inputs: { x } }, place) => place.of(x) },
  lower: ({ inputs: { x }, outputs: { y } }, to) => to.alias(y, to.slot(x)),
};

/** The same value, taken as a constant by differentiation. */
export function stopGradient(x: Value): Value {
  requireValues("stopGradient", { x });
  return applyOne(stopGradientOp, { x }, null, x);
}
