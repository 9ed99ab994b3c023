import { ArgumentError, DataError } from "../../errors.ts";
import { checkArgument, checkOptions, count, flag, type Kind, oneOf, positive, required } from "../../options.ts";
import { requireSize, type Shaped, shaped } from "../arrays.ts";
import { fftOf } from "./fft.ts";
import { filtersOf, type MelOptions, melKinds } from "./mel.ts";

/** Options of log-mel spectrograms. */
export interface LogMelOptions extends Omit<MelOptions, "fftSize"> {
  /** Samples of a frame, under a Hann window. Default: 25 ms. */
  readonly windowSize?: number | undefined;
  /** Samples from one frame to the next. Default: 10 ms. */
  readonly hop?: number | undefined;
  /** Samples that a transform sees, zeros around the window. Default: the next power of two. */
  readonly fftSize?: number | undefined;
  /** Whether frame t is centered at t · hop, with zeros around the signal, or begins there. Default true. */
  readonly center?: boolean | undefined;
  /** "natural": ln(max(10⁻¹⁰, power)); "decibel": 10 · log10 of it. Default "natural". */
  readonly log?: "natural" | "decibel" | undefined;
  /** Of "decibel": what is further below the loudest counts as so far below. Default: nothing is. */
  readonly topDecibels?: number | undefined;
}

/** Options of mel-frequency cepstral coefficients. */
export interface MfccOptions extends Omit<LogMelOptions, "log"> {
  /** How many, from the zeroth on. Default 13. */
  readonly coefficients?: number | undefined;
}

/** [frames, features] */
export type Features = Shaped<Float32Array<ArrayBuffer>>;

const FLOOR = 1e-10;
const MFCC_TOP = 80;

const signalKind: Kind = required({
  expected: "the samples of one channel, a Float32Array or Float64Array",
  fits: (value) => value instanceof Float32Array || value instanceof Float64Array,
});

const kinds = {
  ...melKinds,
  sampleRate: required(positive),
  windowSize: count,
  hop: count,
  fftSize: count,
  center: flag,
  topDecibels: positive,
};

/**
 * The logarithm of a sound's power on the mel scale, [frames, mels]: librosa's `melspectrogram` of power 2, frames first. A
 * frame that has a sample which is NaN is NaN. Throws DataError for a signal that is shorter than a frame, not centered.
 */
export function logMel(signal: Float32Array | Float64Array, options: LogMelOptions): Features {
  checkArgument("logMel", "signal", signal, signalKind);
  checkOptions("logMel", options, { ...kinds, log: oneOf("natural", "decibel") });
  const { log = "natural", topDecibels } = options;
  if (topDecibels !== undefined && log !== "decibel")
    throw new ArgumentError('logMel: topDecibels without decibels, expected log: "decibel"');
  const { data, frames, mels } = melPower("logMel", signal, options);
  toLogarithm(data, log, topDecibels);
  return shaped(Float32Array.from(data), [frames, mels]);
}

/**
 * Mel-frequency cepstral coefficients, [frames, coefficients]: the cosine transform (type II, orthonormal) of decibels on the
 * mel scale, 80 below the loudest at most; librosa's `mfcc`, frames first (Davis and Mermelstein 1980).
 */
export function mfcc(signal: Float32Array | Float64Array, options: MfccOptions): Features {
  checkArgument("mfcc", "signal", signal, signalKind);
  checkOptions("mfcc", options, { ...kinds, coefficients: count });
  const { coefficients = 13, topDecibels = MFCC_TOP } = options;
  const { data, frames, mels } = melPower("mfcc", signal, options);
  if (coefficients > mels)
    throw new ArgumentError(
      `mfcc: coefficients is ${coefficients}, expected at most ${mels}, the number of mels; pass more mels`,
    );
  toLogarithm(data, "decibel", topDecibels);
  const cosines = Float64Array.from({ length: coefficients * mels }, (_, i) => {
    const [k, mel] = [Math.floor(i / mels), i % mels];
    return Math.cos((Math.PI * k * (mel + 0.5)) / mels) * Math.sqrt((k === 0 ? 1 : 2) / mels);
  });
  const features = new Float32Array(frames * coefficients);
  for (let frame = 0; frame < frames; frame++) {
    for (let k = 0; k < coefficients; k++) {
      let sum = 0;
      for (let mel = 0; mel < mels; mel++)
        sum += (data[frame * mels + mel] as number) * (cosines[k * mels + mel] as number);
      features[frame * coefficients + k] = sum;
    }
  }
  return shaped(features, [frames, coefficients]);
}

function toLogarithm(data: Float64Array, log: "natural" | "decibel", top: number | undefined): void {
  let loudest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const power = Math.max(FLOOR, data[i] as number);
    data[i] = log === "natural" ? Math.log(power) : 10 * Math.log10(power);
    if ((data[i] as number) > loudest) loudest = data[i] as number;
  }
  if (top === undefined) return;
  for (let i = 0; i < data.length; i++) data[i] = Math.max(data[i] as number, loudest - top);
}

/** Power on the mel scale, frame by frame. */
function melPower(where: string, signal: Float32Array | Float64Array, options: LogMelOptions) {
  const { sampleRate, center = true, mels = 80 } = options;
  const windowSize = options.windowSize ?? Math.max(1, Math.round(0.025 * sampleRate));
  const hop = options.hop ?? Math.max(1, Math.round(0.01 * sampleRate));
  const fftSize = options.fftSize ?? 2 ** Math.ceil(Math.log2(windowSize));
  if (fftSize < windowSize)
    throw new ArgumentError(`${where}: fftSize is ${fftSize}, expected at least windowSize, ${windowSize}`);
  requireSize(where, [8, fftSize]);
  const filters = filtersOf(where, { ...options, fftSize });
  const padding = center ? Math.floor(fftSize / 2) : 0;
  const frames = Math.floor((signal.length + 2 * padding - fftSize) / hop) + 1;
  if (frames < 1 || signal.length === 0) {
    throw new DataError(
      `${where}: the signal has ${signal.length} samples, expected at least ${center ? 1 : fftSize}; pad it with zeros`,
    );
  }
  const window = hann(windowSize);
  const before = Math.floor((fftSize - windowSize) / 2);
  const bins = Math.floor(fftSize / 2) + 1;
  const fft = fftOf(fftSize);
  const [real, imaginary] = [new Float64Array(fftSize), new Float64Array(fftSize)];
  const data = new Float64Array(requireSize(where, [frames, mels]));
  const ranges = Array.from({ length: mels }, (_, mel) => rangeOf(filters.subarray(mel * bins, (mel + 1) * bins)));
  for (let frame = 0; frame < frames; frame++) {
    real.fill(0);
    imaginary.fill(0);
    const start = frame * hop - padding + before;
    for (let i = 0; i < windowSize; i++) real[before + i] = (signal[start + i] ?? 0) * (window[i] as number);
    fft.transform(real, imaginary);
    for (const [mel, [from, to]] of ranges.entries()) {
      let sum = 0;
      for (let bin = from; bin < to; bin++) {
        sum += (filters[mel * bins + bin] as number) * ((real[bin] as number) ** 2 + (imaginary[bin] as number) ** 2);
      }
      data[frame * mels + mel] = sum;
    }
  }
  return { data, frames, mels };
}

/** Where a filter is not 0. */
function rangeOf(filter: Float64Array): [from: number, to: number] {
  const from = filter.findIndex((weight) => weight > 0);
  let to = filter.length;
  while (to > from && filter[to - 1] === 0) to--;
  return [from, to];
}

/** Periodic. */
function hann(size: number): Float64Array {
  const window = new Float64Array(size);
  for (let i = 0; i < size; i++) window[i] = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size);
  return window;
}
