/** Strings of spoken digits: put together from takes of single ones, or recorded as a whole. */

import { varied } from "../shared/audio/spectra.ts";
import { readRecordings, sampleRate, splitTakes, type Take } from "../shared/audio/takes.ts";
import { UserError } from "../shared/errors.ts";
import { type Random, seededRandom } from "../shared/random.ts";
import { type Files, pathOf } from "../shared/task/files.ts";

/** Digits spoken one after the other. */
export interface SpokenString {
  readonly name: string;
  /** What is said. */
  readonly digits: string;
  readonly samples: Float32Array<ArrayBuffer>;
  /** Where each digit begins and ends, in samples; undefined where nobody knows. */
  readonly cuts: readonly (readonly [from: number, to: number])[] | undefined;
}

export interface Speech {
  readonly takes: readonly Take[];
  /** Files of several digits. */
  readonly strings: readonly (SpokenString & { readonly number: number })[];
}

/** At most so many digits are said. */
export const mostDigits = 7;
const fewestDigits = 3;

/** Throws a UserError for names of another form. */
export async function readSpeech(files: Files): Promise<Speech> {
  const speech = { takes: [] as Take[], strings: [] as Speech["strings"][number][] };
  for (const { name, samples } of await readRecordings(files)) {
    const [, digits, speaker, number] = /^(\d+)_(.+)_(\d+)$/.exec(name) ?? [];
    const path = pathOf(files, `${name}.wav`);
    if (digits === undefined || speaker === undefined) {
      throw new UserError(
        `${path}: expected a name such as 7_anna_0.wav or 4071_anna_0.wav: digits, speaker, number of the take`,
      );
    }
    if (digits.length > mostDigits) {
      throw new UserError(`${path}: has ${digits.length} digits, expected at most ${mostDigits}`);
    }
    if (digits.length === 1) speech.takes.push({ digit: Number(digits), speaker, number: Number(number), samples });
    else speech.strings.push({ name, digits, samples, cuts: undefined, number: Number(number) });
  }
  return speech;
}

export type SpeechParts = Record<"train" | "validation" | "test", Speech>;

/** Takes as `splitTakes` has them, and of whole strings every third by their numbers. */
export function splitSpeech({ takes, strings }: Speech): SpeechParts {
  const ofTakes = splitTakes(takes);
  const byNumber = [...strings].sort((a, b) => a.number - b.number);
  const partOf = (place: number) => (place % 3 === 0 ? "test" : place % 7 === 2 ? "validation" : "train");
  const part = (name: keyof SpeechParts) => ({
    takes: ofTakes[name],
    strings: byNumber.filter((_, place) => partOf(place) === name),
  });
  return { train: part("train"), validation: part("validation"), test: part("test") };
}

/**
 * `count` strings of takes, each by one speaker, over faint noise with pauses of up to 0.2 s. Every take of a speaker comes before
 * one comes twice. In training each is spoken faster or slower, louder or softer.
 */
export function putTogether(takes: readonly Take[], count: number, seed: number, isVaried: boolean): SpokenString[] {
  const random = seededRandom(seed);
  const speakers = [...new Set(takes.map(({ speaker }) => speaker))];
  const decks = new Map<string, Take[]>();
  const draw = (speaker: string): Take => {
    const deck = decks.get(speaker) ?? [];
    if (deck.length === 0)
      deck.push(
        ...shuffled(
          takes.filter((take) => take.speaker === speaker),
          random,
        ),
      );
    decks.set(speaker, deck);
    return deck.pop() as Take;
  };
  return Array.from({ length: takes.length === 0 ? 0 : count }, (_, i) => {
    const speaker = speakers[i % speakers.length] as string;
    const length = fewestDigits + Math.floor(random() * (mostDigits - fewestDigits + 1));
    const drawn = Array.from({ length }, () => draw(speaker));
    const sounds = drawn.map(({ samples }) => (isVaried ? varied(samples, random) : samples));
    const digits = drawn.map(({ digit }) => digit).join("");
    return { name: `${digits}_${speaker}_${i}`, digits, ...joined(sounds, random) };
  });
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = items.map((item) => ({ item, key: random() }));
  return order.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

function joined(sounds: readonly Float32Array[], random: Random): Pick<SpokenString, "samples" | "cuts"> {
  const pause = () => Math.floor(0.2 * random() * sampleRate);
  const cuts: [number, number][] = [];
  let end = pause();
  for (const { length } of sounds) {
    cuts.push([end, end + length]);
    end += length + pause();
  }
  const samples = Float32Array.from({ length: end }, () => 0.001 * (random() - 0.5));
  for (const [i, sound] of sounds.entries()) {
    const [from] = cuts[i] as [number, number];
    for (const [at, value] of sound.entries()) samples[from + at] = (samples[from + at] as number) + value;
  }
  return { samples, cuts };
}
