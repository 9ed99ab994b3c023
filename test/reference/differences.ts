import { generator, type NdArray } from "./array.ts";

/** Outputs as a function of the inputs. */
export type Oracle = (inputs: readonly NdArray[]) => readonly NdArray[];

/** Step for an input element: small enough for the truncation, large enough for float64's rounding. */
const stepOf = (x: number): number => 1e-6 * Math.max(Math.abs(x), 0.1);

/**
 * Central difference of Σ cotangent · output when input `which` moves by ±`move`. Differences are taken before they are
 * summed, so that large outputs that do not change leave no rounding error.
 */
function difference(
  oracle: Oracle,
  inputs: readonly NdArray[],
  cotangents: readonly NdArray[],
  which: number,
  move: (data: Float64Array, sign: 1 | -1) => void,
): number {
  const outputsAt = (sign: 1 | -1) => {
    const moved = inputs.map((x, i) => (i === which ? { ...x, data: x.data.slice() } : x));
    move((moved[which] as NdArray).data, sign);
    return oracle(moved);
  };
  const [up, down] = [outputsAt(1), outputsAt(-1)];
  let total = 0;
  up.forEach((y, k) => {
    const [other, weight] = [down[k] as NdArray, cotangents[k] as NdArray];
    for (let i = 0; i < y.data.length; i++) {
      total += (weight.data[i] as number) * ((y.data[i] as number) - (other.data[i] as number));
    }
  });
  return total / 2;
}

/** A number that the gradient g fixes: Σ direction · g. */
export interface Slope {
  readonly what: string;
  readonly indices: readonly number[];
  readonly direction: readonly number[];
  readonly value: number;
}

/**
 * What the gradient with respect to one input must be: for a small input each element; for a large one a few elements
 * (`probes`, the ends among them), and two random directions through all of them, which no wrong element escapes.
 */
export function slopes(
  oracle: Oracle,
  inputs: readonly NdArray[],
  cotangents: readonly NdArray[],
  which: number,
  probes = 24,
): Slope[] {
  const { data } = inputs[which] as NdArray;
  const random = generator(data.length * 31 + which);
  const found: Slope[] = [];
  const probeCount = Math.min(probes, data.length);
  const chosen =
    data.length <= probes
      ? Array.from(data.keys())
      : [0, data.length - 1, ...Array.from({ length: probeCount - 2 }, () => Math.floor(random() * data.length))];
  for (const index of chosen.slice(0, probeCount)) {
    const step = stepOf(data[index] as number);
    const value = difference(oracle, inputs, cotangents, which, (moved, sign) => {
      moved[index] = (moved[index] as number) + sign * step;
    });
    found.push({ what: `element ${index}`, indices: [index], direction: [1], value: value / step });
  }
  for (let k = 0; data.length > probes && k < 2; k++) {
    const direction = Array.from(data, (x) => (random() < 0.5 ? -1 : 1) * stepOf(x) * 1e6);
    const value = difference(oracle, inputs, cotangents, which, (moved, sign) => {
      for (let i = 0; i < moved.length; i++) moved[i] = (moved[i] as number) + sign * 1e-6 * (direction[i] as number);
    });
    found.push({ what: `direction ${k}`, indices: Array.from(data.keys()), direction, value: value / 1e-6 });
  }
  return found;
}
