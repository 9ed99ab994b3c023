import { ArgumentError } from "../../errors.ts";
import { checkArgument, checkOptions, count, instanceOf, required } from "../../options.ts";
import { requireSize } from "../arrays.ts";

/** Of the filter's window: how steep it is against how much it lets through. */
const KAISER = 5;
/** The filter's zero crossings on either side. */
const CROSSINGS = 10;
const MOST_PHASES = 2 ** 20;

/**
 * Brings one channel from one sample rate to another: a low-pass filter of Kaiser's window at both rates' lower half, by its
 * phases (SciPy's `resample_poly`), with zeros around the signal. Rates are integers. A NaN reaches as far as the filter.
 */
export function resample(
  samples: Float32Array,
  options: { readonly from: number; readonly to: number },
): Float32Array<ArrayBuffer> {
  checkArgument(
    "resample",
    "samples",
    samples,
    required(instanceOf(Float32Array, "a Float32Array, one channel's samples")),
  );
  checkOptions("resample", options, { from: required(count), to: required(count) });
  const divisor = commonDivisor(options.from, options.to);
  const [up, down] = [options.to / divisor, options.from / divisor];
  if (Math.max(up, down) > MOST_PHASES) {
    throw new ArgumentError(
      `resample: from ${options.from} to ${options.to} is ${up} : ${down}, expected a ratio of integers up to 2^20; round the rates`,
    );
  }
  if (up === down) return Float32Array.from(samples);
  const filter = lowPass(up, down);
  const half = (filter.length - 1) / 2;
  const size = Math.ceil((samples.length * up) / down);
  const result = new Float32Array(requireSize("resample", [size]));
  for (let i = 0; i < size; i++) {
    // samples stand at multiples of `up`, results at multiples of `down`
    const at = i * down;
    const first = Math.max(0, Math.ceil((at - half) / up));
    const last = Math.min(samples.length - 1, Math.floor((at + half) / up));
    let sum = 0;
    for (let k = first; k <= last; k++) sum += (samples[k] as number) * (filter[at - k * up + half] as number);
    result[i] = sum;
  }
  return result;
}

function lowPass(up: number, down: number): Float64Array {
  const most = Math.max(up, down);
  const half = CROSSINGS * most;
  const filter = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const x = (i - half) / most;
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    return sinc * bessel(KAISER * Math.sqrt(Math.max(0, 1 - ((i - half) / half) ** 2)));
  });
  // lets a constant through as it is
  const sum = filter.reduce((total, weight) => total + weight, 0);
  return filter.map((weight) => (weight * up) / sum);
}

/** The modified Bessel function of the first kind and order 0, by its series. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
