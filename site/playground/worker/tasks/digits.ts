import { resample } from "seqgrad/data";
import { mels, type Spectrum, scaled, scaleOf, spectrumOf, varied } from "../../../../examples/shared/audio/spectra.ts";
import { madeUpTakes, readTakes, sampleRate, type Take } from "../../../../examples/shared/audio/takes.ts";
import { filesOf } from "../../../../examples/shared/task/files.ts";
import type { Heard, TaskData } from "../../protocol.ts";
import type { Settings } from "../../settings.ts";
import type { Problem } from "../problem.ts";
import { classification, type Example } from "./classes.ts";

/** Frames of 12.5 ms that the net hears: the last 0.8 s. Shorter sounds have silence in front. */
const time = 64;
/** Of each digit and made-up voice. */
const takesOfEach = 4;

/** Tells ten digits apart by their log-mel spectra. */
export async function digits(settings: Settings, data: TaskData): Promise<Problem> {
  const madeUp = await readTakes(madeUpTakes(takesOfEach, settings.seed));
  const own =
    data.kind === "sounds"
      ? await readTakes(filesOf("sounds", Object.fromEntries(data.files.map(({ name, bytes }) => [name, bytes]))))
      : [];
  const isUnseen = ({ number }: Take) => number % takesOfEach === takesOfEach - 1;
  const trained = [...madeUp.filter((take) => !isUnseen(take)), ...own];
  const scale = scaleOf(trained.map(({ samples }) => spectrumOf(samples)));
  const framed = (spectrum: Spectrum): Float32Array => {
    const rows = scaled(spectrum, scale).slice(-time);
    const features = new Float32Array(time * mels);
    for (const [i, row] of rows.entries()) features.set(row, (time - rows.length + i) * mels);
    return features;
  };
  const byDigit = Array.from({ length: 10 }, (_, digit) => trained.filter((take) => take.digit === digit));
  return classification(settings, {
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    time,
    features: mels,
    draw(random): Example {
      const label = Math.floor(random() * 10);
      const of = byDigit[label] as Take[];
      const take = of[Math.floor(random() * of.length)] as Take;
      return { label, features: framed(spectrumOf(varied(take.samples, random))) };
    },
    unseen: madeUp
      .filter(isUnseen)
      .map(({ digit, samples }) => ({ label: digit, features: framed(spectrumOf(samples)) })),
    labels: () => Array.from({ length: time }, (_, t) => `${((t - time) * 12.5).toFixed(0)} ms`),
    encode: (data) => {
      const { samples, rate } = data as Heard;
      const own = rate === sampleRate ? samples : resample(samples, { from: rate, to: sampleRate });
      return framed(spectrumOf(own));
    },
  });
}
