import { ArgumentError } from "../../errors.ts";
import { checkOptions, count, nonNegative, oneOf, positive, required } from "../../options.ts";
import { requireSize, type Shaped, shaped } from "../arrays.ts";

/** Options of mel filters. */
export interface MelOptions {
  /** Samples a second. */
  readonly sampleRate: number;
  /** Samples that a transform sees: there are fftSize / 2 + 1 frequencies. */
  readonly fftSize: number;
  /** How many filters. Default 80. */
  readonly mels?: number | undefined;
  /** Hz. Default 0, and half of the sample rate. */
  readonly minFrequency?: number | undefined;
  /** Highest frequency of a filter, in Hz. Default half of the sample rate. */
  readonly maxFrequency?: number | undefined;
  /** "slaney": linear up to 1 kHz, logarithmic above (Auditory Toolbox, 1998); "htk": 2595 · log10(1 + f / 700). Default "slaney". */
  readonly scale?: "slaney" | "htk" | undefined;
  /** "slaney": each filter's area is the same; "none": its peak is 1. Default "slaney". */
  readonly norm?: "slaney" | "none" | undefined;
}

export const melKinds = {
  mels: count,
  minFrequency: nonNegative,
  maxFrequency: positive,
  scale: oneOf("slaney", "htk"),
  norm: oneOf("slaney", "none"),
};

const LINEAR = 200 / 3;
const LOG_STEP = Math.log(6.4) / 27;
const LOG_START = 1000;

const toMel = (hertz: number, scale: "slaney" | "htk"): number => {
  if (scale === "htk") return 2595 * Math.log10(1 + hertz / 700);
  return hertz < LOG_START ? hertz / LINEAR : LOG_START / LINEAR + Math.log(hertz / LOG_START) / LOG_STEP;
};

const toHertz = (mel: number, scale: "slaney" | "htk"): number => {
  if (scale === "htk") return 700 * (10 ** (mel / 2595) - 1);
  const start = LOG_START / LINEAR;
  return mel < start ? mel * LINEAR : LOG_START * Math.exp(LOG_STEP * (mel - start));
};

/**
 * Triangular filters that are equally wide on the mel scale, [mels, fftSize / 2 + 1], as librosa's `filters.mel` makes them.
 * Throws ArgumentError where frequencies do not ascend up to half of the sample rate, or a filter is so narrow that it
 * catches no frequency.
 */
export function melFilters(options: MelOptions): Shaped<Float64Array<ArrayBuffer>> {
  checkOptions("melFilters", options, { ...melKinds, sampleRate: required(positive), fftSize: required(count) });
  return filtersOf("melFilters", options);
}

export function filtersOf(where: string, options: MelOptions): Shaped<Float64Array<ArrayBuffer>> {
  const { sampleRate, fftSize, mels = 80, scale = "slaney", norm = "slaney" } = options;
  const { minFrequency: low = 0, maxFrequency: high = sampleRate / 2 } = options;
  if (low >= high || high > sampleRate / 2) {
    throw new ArgumentError(
      `${where}: frequencies are from ${low} to ${high} Hz, expected ascending ones up to half of the sample rate, ${sampleRate / 2}`,
    );
  }
  const bins = Math.floor(fftSize / 2) + 1;
  const shape = [mels, bins];
  const filters = new Float64Array(requireSize(where, shape));
  const [from, to] = [toMel(low, scale), toMel(high, scale)];
  const edges = Float64Array.from({ length: mels + 2 }, (_, i) =>
    toHertz(from + ((to - from) * i) / (mels + 1), scale),
  );
  for (let mel = 0; mel < mels; mel++) {
    const [left, center, right] = edges.subarray(mel, mel + 3) as unknown as [number, number, number];
    const height = norm === "slaney" ? 2 / (right - left) : 1;
    let sum = 0;
    for (let bin = 0; bin < bins; bin++) {
      const hertz = (bin * sampleRate) / fftSize;
      const weight =
        height * Math.max(0, Math.min((hertz - left) / (center - left), (right - hertz) / (right - center)));
      filters[mel * bins + bin] = weight;
      sum += weight;
    }
    if (sum === 0) {
      throw new ArgumentError(
        `${where}: mel filter ${mel} (${left.toFixed(1)} to ${right.toFixed(1)} Hz) catches none of the frequencies, ${(sampleRate / fftSize).toFixed(1)} Hz apart, expected each to; take fewer mels or a larger fftSize`,
      );
    }
  }
  return shaped(filters, shape);
}
