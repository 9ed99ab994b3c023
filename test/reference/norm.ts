import type { NdArray } from "./array.ts";
import { add, div, mul, sqrt, square, sub } from "./elementwise.ts";
import { mean } from "./reduce.ts";

const overLast = { keepDims: true };

function scaledBy(x: NdArray, epsilon: number, weight?: NdArray, bias?: NdArray): NdArray {
  const normal = div(x, sqrt(add(mean(square(x), -1, overLast), epsilon)));
  const factor = weight ? mul(normal, weight) : normal;
  return bias ? add(factor, bias) : factor;
}

/** (x − mean) / √(variance + ε) · weight + bias over the last axis. */
export const layerNorm = (x: NdArray, weight?: NdArray, bias?: NdArray, epsilon = 1e-5): NdArray =>
  scaledBy(sub(x, mean(x, -1, overLast)), epsilon, weight, bias);

/** x / √(mean of x² + ε) · weight over the last axis. */
export const rmsNorm = (x: NdArray, weight?: NdArray, epsilon = 1e-5): NdArray => scaledBy(x, epsilon, weight);
