/** Elements picked by indices, by the definition. */
import { array, broadcastTo, integers, type NdArray, normalAxis, sizeOf } from "./array.ts";
import { transpose } from "./layout.ts";

/** NumPy's take: the axis is replaced by those of `indices`. */
export function take(x: NdArray, indices: NdArray, axis = 0): NdArray {
  const at = normalAxis(axis, x.shape.length);
  const [before, after] = [x.shape.slice(0, at), x.shape.slice(at + 1)];
  const n = x.shape[at] as number;
  const inner = sizeOf(after);
  const data: number[] = [];
  for (let outer = 0; outer < sizeOf(before); outer++) {
    for (const index of indices.data) {
      const start = (outer * n + (index < 0 ? index + n : index)) * inner;
      for (let i = 0; i < inner; i++) data.push(x.data[start + i] as number);
    }
  }
  return { shape: [...before, ...indices.shape, ...after], data: Float64Array.from(data), dtype: x.dtype };
}

/** NumPy's take_along_axis. */
export function takeAlongAxis(x: NdArray, indices: NdArray, axis = -1): NdArray {
  const at = normalAxis(axis, x.shape.length);
  const [n, m] = [x.shape[at] as number, indices.shape[at] as number];
  const others = x.shape.map((extent, i) => Math.max(extent, indices.shape[i] as number));
  const along = (value: NdArray, extent: number) =>
    broadcastTo(
      value,
      others.map((other, i) => (i === at ? extent : other)),
    );
  const [all, picks] = [along(x, n), along(indices, m)];
  const inner = sizeOf(others.slice(at + 1));
  const data = picks.data.map((index, place) => {
    const row = Math.floor(place / inner);
    const from = Math.floor(row / m) * n + (index < 0 ? index + n : index);
    return all.data[from * inner + (place % inner)] as number;
  });
  return { shape: picks.shape, data, dtype: x.dtype };
}

/** The k largest and where they are: NaN above all, then the larger, then the lower place. */
export function topk(x: NdArray, k: number, axis = -1): { values: NdArray; indices: NdArray } {
  const at = normalAxis(axis, x.shape.length);
  const last = x.shape.length - 1;
  const moved = transpose(x, at, last);
  const n = moved.shape[last] as number;
  const shape = [...moved.shape.slice(0, -1), k];
  const level = (value: number) => (Number.isNaN(value) ? [1, 0] : [0, value]) as [number, number];
  const picks: number[] = [];
  for (let start = 0; start < moved.data.length; start += n) {
    const row = Array.from(moved.data.subarray(start, start + n), level);
    const order = row.map((_, i) => i);
    order.sort((i, j) => {
      const [a, b] = [row[i] as [number, number], row[j] as [number, number]];
      if (a[0] !== b[0]) return b[0] - a[0];
      return a[1] === b[1] ? i - j : b[1] > a[1] ? 1 : -1;
    });
    picks.push(...order.slice(0, k));
  }
  const indices = transpose(integers(shape, picks), at, last);
  return { values: takeAlongAxis(x, indices, at), indices };
}

export function oneHot(indices: NdArray, classes: number): NdArray {
  const rows = Array.from(indices.data, (index) => Array.from({ length: classes }, (_, c) => Number(c === index)));
  return array([...indices.shape, classes], rows.flat());
}
