import { filled, gather, type NdArray, normalAxis, pick, sizeOf, stridesOf } from "./array.ts";

export function reshape(x: NdArray, shape: readonly number[]): NdArray {
  const known = shape.reduce((product, extent) => (extent === -1 ? product : product * extent), 1);
  return { ...x, shape: shape.map((extent) => (extent === -1 ? x.data.length / known : extent)) };
}

export function permute(x: NdArray, order: readonly number[]): NdArray {
  const strides = stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis] as number);
  const steps = order.map((axis) => strides[axis] as number);
  return pick(x, shape, gather(shape, steps));
}

export function transpose(x: NdArray, axis1 = -2, axis2 = -1): NdArray {
  const [a, b] = [normalAxis(axis1, x.shape.length), normalAxis(axis2, x.shape.length)];
  return permute(
    x,
    x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  );
}

export function slice(x: NdArray, axis: number, start: number, end = Number.POSITIVE_INFINITY): NdArray {
  const at = normalAxis(axis, x.shape.length);
  const extent = x.shape[at] as number;
  const from = start < 0 ? start + extent : start;
  const to = Math.min(end < 0 ? end + extent : end, extent);
  const strides = stridesOf(x.shape);
  const shape = x.shape.map((e, i) => (i === at ? to - from : e));
  return pick(x, shape, gather(shape, strides, from * (strides[at] as number)));
}

/** Parts of the given extents, or as many equal ones. */
export function split(x: NdArray, parts: number | readonly number[], axis = 0): NdArray[] {
  const extent = x.shape[normalAxis(axis, x.shape.length)] as number;
  let start = 0;
  return (typeof parts === "number" ? new Array<number>(parts).fill(extent / parts) : parts).map((part) => {
    start += part;
    return slice(x, axis, start - part, start);
  });
}

export function flip(x: NdArray, axis: number): NdArray {
  const at = normalAxis(axis, x.shape.length);
  const strides = stridesOf(x.shape);
  const last = ((x.shape[at] as number) - 1) * (strides[at] as number);
  const steps = strides.map((stride, i) => (i === at ? -stride : stride));
  return pick(x, x.shape, gather(x.shape, steps, last));
}

export function concat(values: readonly NdArray[], axis = 0): NdArray {
  const first = values[0] as NdArray;
  const at = normalAxis(axis, first.shape.length);
  const alike = ({ shape }: NdArray) =>
    shape.length === first.shape.length && shape.every((extent, i) => i === at || extent === first.shape[i]);
  if (!values.every(alike)) throw new Error(`concat: shapes ${values.map(({ shape }) => `[${shape}]`)}, axis ${at}`);
  const total = values.reduce((sum, { shape }) => sum + (shape[at] as number), 0);
  const outer = sizeOf(first.shape.slice(0, at));
  const pieces = values.map(({ data }) => data.length / outer);
  const width = pieces.reduce((sum, piece) => sum + piece, 0);
  const data = new Float64Array(outer * width);
  for (let row = 0; row < outer; row++) {
    let column = row * width;
    values.forEach((value, i) => {
      const piece = pieces[i] as number;
      data.set(value.data.subarray(row * piece, (row + 1) * piece), column);
      column += piece;
    });
  }
  return { shape: first.shape.map((extent, i) => (i === at ? total : extent)), data, dtype: first.dtype };
}

export function stack(values: readonly NdArray[], axis = 0): NdArray {
  const at = normalAxis(axis, (values[0] as NdArray).shape.length + 1);
  return concat(
    values.map((x) => reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)])),
    at,
  );
}

export const full = filled;
export const zeros = (shape: readonly number[]): NdArray => filled(shape, 0);

export function squeeze(x: NdArray, axes?: number | readonly number[]): NdArray {
  const gone = (typeof axes === "number" ? [axes] : axes)?.map((axis) => normalAxis(axis, x.shape.length));
  return reshape(
    x,
    x.shape.filter((extent, axis) => !(gone ? gone.includes(axis) : extent === 1)),
  );
}
