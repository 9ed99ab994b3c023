import type { NdArray } from "./array.ts";
import { add, div, mul, sqrt, square, sub } from "./elementwise.ts";
import { mean } from "./reduce.ts";

const kept = { keepDims: true };
type Axes = number | readonly number[];

function scaledBy(x: NdArray, epsilon: number, axes: Axes, weight?: NdArray, bias?: NdArray): NdArray {
  const normal = div(x, sqrt(add(mean(square(x), axes, kept), epsilon)));
  const factor = weight ? mul(normal, weight) : normal;
  return bias ? add(factor, bias) : factor;
}

/** (x − mean) / √(variance + ε) · weight + bias over axes; weight and bias broadcast. */
export const layerNorm = (x: NdArray, weight?: NdArray, bias?: NdArray, epsilon = 1e-5, axes: Axes = -1): NdArray =>
  scaledBy(sub(x, mean(x, axes, kept)), epsilon, axes, weight, bias);

/** x / √(mean of x² + ε) · weight over axes. */
export const rmsNorm = (x: NdArray, weight?: NdArray, epsilon = 1e-5, axes: Axes = -1): NdArray =>
  scaledBy(x, epsilon, axes, weight);
