/** Spoken digits: WAV files whose names are digit_speaker_take. */
import { decodeWav, encodeWav, resample } from "seqgrad/data";
import { UserError } from "../errors.ts";
import { seededRandom } from "../random.ts";
import { type Files, filesOf, pathOf } from "../task/files.ts";

export interface Take {
  readonly digit: number;
  readonly speaker: string;
  /** Which of the speaker's recordings of the digit. */
  readonly number: number;
  /** One channel at `sampleRate`. */
  readonly samples: Float32Array<ArrayBuffer>;
}

/** Hertz. What comes at another rate is brought to it. */
export const sampleRate = 8000;

/** A sound of any length. */
export interface Recording {
  /** Its file, without the ending. */
  readonly name: string;
  /** One channel at `sampleRate`. */
  readonly samples: Float32Array<ArrayBuffer>;
}

/** All WAV files of a folder, in the order of their names. Throws a UserError for what is none. */
export async function readRecordings(files: Files): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (const name of files.names.filter((each) => /\.wav$/i.test(each))) {
    const { channels, sampleRate: rate } = decodeWav(await files.bytes(name), pathOf(files, name));
    const [samples] = channels as [Float32Array<ArrayBuffer>];
    if (samples.length === 0) throw new UserError(`${pathOf(files, name)}: has no samples; leave it out`);
    const own = rate === sampleRate ? samples : resample(samples, { from: rate, to: sampleRate });
    recordings.push({ name: name.slice(0, -4), samples: own });
  }
  if (recordings.length === 0)
    throw new UserError(`${files.name}: has no .wav files; give a folder of digit_speaker_take.wav`);
  return recordings;
}

/** All takes of a folder, in the order of their names. Throws a UserError for a name of another form or what is no WAV file. */
export async function readTakes(files: Files): Promise<Take[]> {
  return (await readRecordings(files)).map(({ name, samples }) => {
    const [, digit, speaker, number] = /^(\d)_(.+)_(\d+)$/.exec(name) ?? [];
    if (digit === undefined || speaker === undefined) {
      throw new UserError(
        `${pathOf(files, `${name}.wav`)}: expected a name such as 7_anna_0.wav: digit, speaker, number of the take`,
      );
    }
    return { digit: Number(digit), speaker, number: Number(number), samples };
  });
}

/** Which takes are held out: each third of every speaker and digit, by their numbers. */
export function splitTakes(takes: readonly Take[]): Record<"train" | "validation" | "test", Take[]> {
  const parts: Record<"train" | "validation" | "test", Take[]> = { train: [], validation: [], test: [] };
  const counts = new Map<string, number>();
  const byNumber = [...takes].sort((a, b) => a.number - b.number);
  for (const take of byNumber) {
    const key = `${take.digit} ${take.speaker}`;
    const place = counts.get(key) ?? 0;
    counts.set(key, place + 1);
    parts[place % 3 === 0 ? "test" : place % 7 === 2 ? "validation" : "train"].push(take);
  }
  return parts;
}

/** Two formants that glide, as in "ai" and "oi": where they begin and end, in hertz. */
const formants: readonly (readonly [from: number, to: number, upperFrom: number, upperTo: number])[] = [
  [300, 500, 2200, 900],
  [550, 450, 1000, 1100],
  [350, 300, 900, 800],
  [280, 300, 1400, 2300],
  [500, 480, 850, 800],
  [700, 400, 1200, 2000],
  [400, 420, 1900, 1950],
  [550, 480, 1700, 1400],
  [480, 300, 1800, 2300],
  [700, 380, 1250, 2050],
];

const near = (hertz: number, top: number): number => Math.exp(-(((hertz - top) / 150) ** 2));

/** Sounds that glide as digits do, by four "speakers" of unequal voices. */
export function madeUpTakes(takes: number, seed: number): Files {
  const random = seededRandom(seed);
  const around = (value: number, share: number) => value * (1 + share * (2 * random() - 1));
  const voices = { ada: 210, ben: 110, cleo: 180, dan: 140 };
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [speaker, pitch] of Object.entries(voices)) {
    for (const [digit, [from, to, upperFrom, upperTo]] of formants.entries()) {
      for (let take = 0; take < takes; take++) {
        const length = Math.round(around(0.3, 0.25) * sampleRate);
        const [tone, wide] = [around(pitch, 0.06), around(1, 0.05)];
        const samples = new Float32Array(length);
        const harmonics = new Float64Array(Math.ceil(sampleRate / 2 / tone) - 1);
        for (let i = 0; i < length; i++) {
          const share = i / length;
          // the mouth moves slowly: how loud each harmonic is changes every 5 ms
          if (i % 40 === 0) {
            const [top, upper] = [from + (to - from) * share, upperFrom + (upperTo - upperFrom) * share];
            for (let n = 0; n < harmonics.length; n++) {
              const hertz = (n + 1) * tone * wide;
              harmonics[n] = Math.max(0.02, near(hertz, top), near(hertz, upper));
            }
          }
          // sin nx = 2 cos x sin (n - 1)x - sin (n - 2)x
          const angle = (2 * Math.PI * tone * i) / sampleRate;
          const twice = 2 * Math.cos(angle);
          let [before, sine, sum] = [0, Math.sin(angle), 0];
          for (let n = 0; n < harmonics.length; n++) {
            sum += (harmonics[n] as number) * sine;
            const next = twice * sine - before;
            before = sine;
            sine = next;
          }
          samples[i] = 0.2 * Math.sin(Math.PI * share) * sum + 0.01 * (random() - 0.5);
        }
        files[`${digit}_${speaker}_${take}.wav`] = encodeWav({ sampleRate, channels: [samples] });
      }
    }
  }
  return filesOf("made-up sounds", files);
}
