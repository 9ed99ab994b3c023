import { array, broadcastTo, map, type NdArray, normalAxis, sizeOf } from "./array.ts";
import { permute, reshape, transpose } from "./layout.ts";

type Axes = number | readonly number[];

/** Moves the axes to the end and folds them: [kept elements, reduced elements]. */
function rowsOver(x: NdArray, axes: Axes | undefined): { rows: NdArray; reduced: Set<number> } {
  const list = axes === undefined ? x.shape.map((_, axis) => axis) : typeof axes === "number" ? [axes] : axes;
  const reduced = new Set(list.map((axis) => normalAxis(axis, x.shape.length)));
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !reduced.has(axis));
  const moved = permute(x, [...kept, ...[...reduced].sort((a, b) => a - b)]);
  return { rows: reshape(moved, [sizeOf(kept.map((axis) => x.shape[axis] as number)), -1]), reduced };
}

function reduce(
  x: NdArray,
  axes: Axes | undefined,
  keepDims: boolean,
  start: number,
  combine: (a: number, b: number) => number,
): NdArray {
  const { rows, reduced } = rowsOver(x, axes);
  const [count, n] = rows.shape as [number, number];
  const totals = new Float64Array(count).fill(start);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < n; i++) totals[row] = combine(totals[row] as number, rows.data[row * n + i] as number);
  }
  const shape = keepDims
    ? x.shape.map((extent, axis) => (reduced.has(axis) ? 1 : extent))
    : x.shape.filter((_, axis) => !reduced.has(axis));
  return array(shape, totals);
}

export const sum = (x: NdArray, axes?: Axes, { keepDims = false } = {}): NdArray =>
  reduce(x, axes, keepDims, 0, (a, b) => a + b);
export const max = (x: NdArray, axes?: Axes, { keepDims = false } = {}): NdArray =>
  reduce(x, axes, keepDims, Number.NEGATIVE_INFINITY, Math.max);
export const min = (x: NdArray, axes?: Axes, { keepDims = false } = {}): NdArray =>
  reduce(x, axes, keepDims, Number.POSITIVE_INFINITY, Math.min);

export function mean(x: NdArray, axes?: Axes, options: { keepDims?: boolean } = {}): NdArray {
  const total = sum(x, axes, options);
  const count = x.data.length / total.data.length;
  return map(total, (v) => v / count);
}

export function logSoftmax(x: NdArray, axis = -1): NdArray {
  const at = normalAxis(axis, x.shape.length);
  if (at !== x.shape.length - 1) return transpose(logSoftmax(transpose(x, at, -1)), at, -1);
  const n = x.shape[at] as number;
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += n) {
    const row = x.data.subarray(start, start + n);
    const highest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const logSum = Math.log(row.reduce((total, v) => total + Math.exp(v - highest), 0));
    for (let i = 0; i < n; i++) data[start + i] = (row[i] as number) - highest - logSum;
  }
  return array(x.shape, data);
}

export const softmax = (x: NdArray, axis = -1): NdArray => map(logSoftmax(x, axis), Math.exp);

/** Over what the mask leaves; 0 elsewhere, and everywhere where nothing is left. */
export function maskedSoftmax(x: NdArray, mask: NdArray, axis = -1): NdArray {
  const at = normalAxis(axis, x.shape.length);
  const spread = broadcastTo(mask, x.shape);
  if (at !== x.shape.length - 1) {
    return transpose(maskedSoftmax(transpose(x, at, -1), transpose(spread, at, -1)), at, -1);
  }
  const n = x.shape[at] as number;
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += n) {
    const left = Array.from({ length: n }, (_, i) => start + i).filter((i) => spread.data[i] !== 0);
    const highest = Math.max(...left.map((i) => x.data[i] as number));
    const exponentials = left.map((i) => Math.exp((x.data[i] as number) - highest));
    const total = exponentials.reduce((a, b) => a + b, 0);
    left.forEach((i, k) => {
      data[i] = (exponentials[k] as number) / total;
    });
  }
  return array(x.shape, data);
}

/** Sums along an axis up to each place. */
export function cumsum(x: NdArray, axis = -1, { exclusive = false, reverse = false } = {}): NdArray {
  const at = normalAxis(axis, x.shape.length);
  if (at !== x.shape.length - 1) return transpose(cumsum(transpose(x, at, -1), -1, { exclusive, reverse }), at, -1);
  const n = x.shape[at] as number;
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += n) {
    let total = 0;
    for (let step = 0; step < n; step++) {
      const i = start + (reverse ? n - 1 - step : step);
      const before = total;
      total += x.data[i] as number;
      data[i] = exclusive ? before : total;
    }
  }
  return array(x.shape, data);
}
