/** Elements picked by indices, by the definition. */
import { broadcastTo, type NdArray, normalAxis, sizeOf } from "./array.ts";

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
