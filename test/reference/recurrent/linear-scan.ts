import { array, type NdArray, sizeOf } from "../array.ts";

/** h_t = a_t · h_{t−1} + b_t by a loop; `round` after every operation gives the loop in another precision. */
export function linearScan(
  a: NdArray,
  b: NdArray,
  h0: NdArray,
  { reverse = false, round = (x: number) => x } = {},
): NdArray {
  const length = a.shape[0] as number;
  const columns = sizeOf(h0.shape);
  const state = h0.data.slice();
  const h = new Float64Array(length * columns);
  for (let step = 0; step < length; step++) {
    const row = (reverse ? length - 1 - step : step) * columns;
    for (let j = 0; j < columns; j++) {
      const kept = round((a.data[row + j] as number) * (state[j] as number));
      state[j] = round(kept + (b.data[row + j] as number));
      h[row + j] = state[j] as number;
    }
  }
  return array(a.shape, h);
}
