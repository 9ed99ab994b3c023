/** Layers by their definitions. */
import { array, type NdArray, sizeOf } from "./array.ts";
import { add, div, mul, sqrt, square, sub } from "./elementwise.ts";
import { reshape } from "./layout.ts";
import { sum } from "./reduce.ts";

/** x [batch, time, input], weight [output, input / groups, window]; `before` zeros in front, as many as needed behind. */
export function conv1d(
  x: NdArray,
  weight: NdArray,
  bias: NdArray | undefined,
  { stride = 1, dilation = 1, groups = 1, padding = "valid" } = {},
): NdArray {
  const [batch, time, input] = x.shape as [number, number, number];
  const [output, own, window] = weight.shape as [number, number, number];
  const reach = (window - 1) * dilation + 1;
  const steps = padding === "valid" ? Math.floor((time - reach) / stride) + 1 : Math.ceil(time / stride);
  const around = Math.max(0, (steps - 1) * stride + reach - time);
  const before = padding === "valid" ? 0 : padding === "causal" ? reach - 1 : Math.floor(around / 2);
  const y = new Float64Array(batch * steps * output);
  for (let i = 0; i < y.length; i++) {
    const [b, t, o] = [Math.floor(i / output / steps), Math.floor(i / output) % steps, i % output];
    const first = Math.floor(o / (output / groups)) * own;
    let total = bias ? (bias.data[o] as number) : 0;
    for (let k = 0; k < window; k++) {
      const step = t * stride + k * dilation - before;
      if (step < 0 || step >= time) continue;
      for (let c = 0; c < own; c++) {
        const at = (b * time + step) * input + first + c;
        total += (weight.data[(o * own + c) * window + k] as number) * (x.data[at] as number);
      }
    }
    y[i] = total;
  }
  return array([batch, steps, output], y);
}

/** x [batch, time, ...] with zeros behind the lengths. */
export function within(x: NdArray, lengths: NdArray | undefined): NdArray {
  if (!lengths) return x;
  const [, time] = x.shape as [number, number];
  const inner = sizeOf(x.shape.slice(2));
  return array(
    x.shape,
    x.data.map((value, i) => {
      const [b, t] = [Math.floor(i / inner / time), Math.floor(i / inner) % time];
      return t < (lengths.data[b] as number) ? value : 0;
    }),
  );
}

/** Of a batch: the normalised, the mean and the unbiased variance. */
export function batchNorm(
  x: NdArray,
  weight: NdArray,
  bias: NdArray,
  lengths?: NdArray,
  running?: readonly [mean: NdArray, variance: NdArray],
): { y: NdArray; mean: NdArray; variance: NdArray } {
  const features = x.shape.at(-1) as number;
  const rows = x.data.length / features;
  const total = (value: NdArray) => sum(reshape(value, [rows, features]), 0);
  const count = lengths ? lengths.data.reduce((all, length) => all + length, 0) * sizeOf(x.shape.slice(2, -1)) : rows;
  const mean = running?.[0] ?? div(total(within(x, lengths)), count);
  const centred = within(sub(x, mean), lengths);
  const squares = total(square(centred));
  const variance = running?.[1] ?? div(squares, count);
  const y = add(div(mul(centred, weight), sqrt(add(variance, 1e-5))), bias);
  return { y: within(y, lengths), mean, variance: div(squares, count - 1) };
}

/** `pool` of x [batch, time, features]. */
export function pool(x: NdArray, lengths: NdArray | undefined, kind: string, scores?: NdArray): NdArray {
  const [batch, time, features] = x.shape as [number, number, number];
  const y = new Float64Array(batch * features);
  for (let b = 0; b < batch; b++) {
    const length = lengths ? (lengths.data[b] as number) : time;
    if (length === 0) continue;
    const row = (t: number, j: number) => x.data[(b * time + t) * features + j] as number;
    const steps = Array.from({ length }, (_, t) => t);
    const powers = steps.map((t) => Math.exp(scores ? (scores.data[b * time + t] as number) : 0));
    const all = powers.reduce((total, power) => total + power, 0);
    for (let j = 0; j < features; j++) {
      if (kind === "last") y[b * features + j] = row(length - 1, j);
      else if (kind === "max") y[b * features + j] = Math.max(...steps.map((t) => row(t, j)));
      else y[b * features + j] = steps.reduce((total, t) => total + ((powers[t] as number) / all) * row(t, j), 0);
    }
  }
  return array([batch, features], y);
}
