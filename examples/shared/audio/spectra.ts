/** What nets see of sounds: log-mel spectra, and how they are varied in training. */
import { logMel } from "seqgrad/data";
import { UserError } from "../errors.ts";
import { type Random, seededRandom } from "../random.ts";
import { sampleRate, type Take } from "./takes.ts";

export const mels = 40;

/** Frames of a sound, each of `mels` numbers. */
export type Spectrum = Float32Array[];

/** Samples from a frame to the next: 12.5 ms. */
const hop = 100;

export function spectrumOf(samples: Float32Array): Spectrum {
  const features = logMel(samples, { sampleRate, mels, windowSize: 200, hop });
  const rows = Array.from({ length: features.shape[0] as number }, (_, i) => features.slice(i * mels, (i + 1) * mels));
  // below what 16 bits can hold there is nothing
  return rows.map((row) => row.map((value) => Math.max(value, -14)));
}

/** What a frame may be softer than the loudest one and still be speech, in nats: 26 dB. */
const softest = 6;

/** Without the pauses before and behind: how long they are says who recorded, and they weigh in a spectrum's mean. */
export function withoutPauses(spectrum: Spectrum): Spectrum {
  const loudness = spectrum.map((row) => row.reduce((sum, value) => sum + value, 0) / row.length);
  const least = Math.max(...loudness) - softest;
  const isSpeech = (value: number) => value >= least;
  return spectrum.slice(loudness.findIndex(isSpeech), loudness.findLastIndex(isSpeech) + 1);
}

/** Throws a UserError for a sound that is longer than `most` frames. */
export function checkLength(spectrum: Spectrum, most: number, name: string): void {
  if (spectrum.length <= most) return;
  const seconds = (frames: number) => ((frames * hop) / sampleRate).toFixed(1);
  throw new UserError(`${name}: lasts ${seconds(spectrum.length)} s, expected at most ${seconds(most)} s; cut it`);
}

/** What mean and deviation of each channel are taken from. */
export interface Scale {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export function scaleOf(spectra: readonly Spectrum[]): Scale {
  const frames = spectra.flat();
  const over = (of: (row: Float32Array, mel: number) => number) =>
    Array.from({ length: mels }, (_, mel) => frames.reduce((sum, row) => sum + of(row, mel), 0) / frames.length);
  const mean = over((row, mel) => row[mel] as number);
  const variance = over((row, mel) => ((row[mel] as number) - (mean[mel] as number)) ** 2);
  return { mean, deviation: variance.map((value) => Math.sqrt(value) + 1e-3) };
}

export const scaled = (spectrum: Spectrum, { mean, deviation }: Scale): Spectrum =>
  spectrum.map((row) => row.map((value, mel) => (value - (mean[mel] as number)) / (deviation[mel] as number)));

/** Frames that a net sees at a step: half as many steps, each of twice as much (Sak et al. 2015). */
export const framesIn = 2;
export const stepSize = framesIn * mels;

/** Neighbouring frames as one step each; the last frame once more where one is missing. */
export const inSteps = (spectrum: Spectrum): Spectrum =>
  Array.from({ length: Math.ceil(spectrum.length / framesIn) }, (_, step) => {
    const row = new Float32Array(stepSize);
    for (let i = 0; i < framesIn; i++) {
      row.set(spectrum[Math.min(framesIn * step + i, spectrum.length - 1)] as Float32Array, i * mels);
    }
    return row;
  });

/**
 * `copies` variants of each take: spoken faster or slower, higher or lower and louder or softer, over noise, in a longer or shorter
 * mouth (Jaitly and Hinton 2013), then with a band of channels and a span of time that are silent (Park et al. 2019).
 */
export function variantsOf(
  takes: readonly Take[],
  hear: (samples: Float32Array) => Spectrum,
  scale: Scale,
  copies: number,
  seed: number,
): Spectrum[] {
  const random = seededRandom(seed);
  const variant = ({ samples }: Take) => warped(hear(varied(samples, random)), random);
  return takes.flatMap((take) => Array.from({ length: copies }, () => masked(scaled(variant(take), scale), random)));
}

/** Stretched in time and in frequency, each by itself. */
function warped(spectrum: Spectrum, random: Random): Spectrum {
  const [time, pitch] = [0.75 + 0.6 * random(), 0.9 + 0.2 * random()];
  const length = Math.max(1, Math.round(spectrum.length * time));
  const between = (at: number, most: number): [number, number, number] => {
    const before = Math.min(Math.floor(at), most - 1);
    return [before, Math.min(before + 1, most - 1), Math.min(at, most - 1) - before];
  };
  return Array.from({ length }, (_, t) => {
    const [before, after, late] = between((t * spectrum.length) / length, spectrum.length);
    const [first, second] = [spectrum[before], spectrum[after]] as [Float32Array, Float32Array];
    return first.map((_, mel) => {
      const [low, high, share] = between(mel * pitch, mels);
      const mixed = (row: Float32Array) => (row[low] as number) * (1 - share) + (row[high] as number) * share;
      return mixed(first) * (1 - late) + mixed(second) * late;
    });
  });
}

/** Faster or slower and higher or lower, louder or softer, over noise. */
export function varied(samples: Float32Array, random: Random): Float32Array {
  const speed = 0.8 + 0.4 * random();
  const gain = 10 ** (0.6 * (random() - 0.5));
  const noise = 10 ** (-2 - 2 * random());
  return Float32Array.from({ length: Math.floor((samples.length - 1) / speed) }, (_, i) => {
    const at = i * speed;
    const [before, share] = [Math.floor(at), at % 1];
    const value = (samples[before] as number) * (1 - share) + (samples[before + 1] as number) * share;
    return gain * value + noise * (random() - 0.5);
  });
}

function masked(spectrum: Spectrum, random: Random): Spectrum {
  const span = (length: number, most: number): [number, number] => {
    const size = Math.floor(random() * (most + 1));
    const from = Math.floor(random() * (length - size + 1));
    return [from, from + size];
  };
  const [low, high] = span(mels, 8);
  const [first, last] = span(spectrum.length, Math.min(6, Math.floor(spectrum.length / 4)));
  return spectrum.map((row, t) =>
    row.map((value, mel) => ((mel >= low && mel < high) || (t >= first && t < last) ? 0 : value)),
  );
}
