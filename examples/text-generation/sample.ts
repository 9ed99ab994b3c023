import type { CharTokenizer } from "seqgrad";
import { type Random, seededRandom } from "../shared/random.ts";
import type { NextLogits } from "./session.ts";

export interface SampleOptions {
  /** Characters to generate. */
  readonly sample: number;
  readonly temperature: number;
  readonly seed: number;
}

/** Characters that are generated before those that are shown. */
const unseen = 100;

/**
 * Lets the model write, character after character, from the beginning of a line on. Each is handed to `write` as it comes;
 * all together are returned. It ends early when `stop` says so.
 */
export async function sampleText(
  nextLogits: NextLogits,
  tokenizer: CharTokenizer,
  { sample, temperature, seed }: SampleOptions,
  write: (text: string) => void,
  stop: () => boolean,
): Promise<string> {
  const random = seededRandom(seed);
  const draw = async (token: number) => drawToken(await nextLogits(token), temperature, random);
  const lineEnd = tokenizer.characters.indexOf("\n");
  let token = Math.max(0, lineEnd);
  // In training the state is handed on from step to step, so an empty one is strange to the model: it first writes a
  // little for nobody, to the end of a line if one comes.
  for (let i = 0; i < unseen || (i < 10 * unseen && lineEnd >= 0 && token !== lineEnd); i++) token = await draw(token);
  let text = "";
  for (let i = 0; i < sample && !stop(); i++) {
    token = await draw(token);
    const character = tokenizer.decode([token]);
    text += character;
    write(character);
  }
  return text;
}

/** Draws from softmax(logits / temperature); temperature 0 takes the largest. */
export function drawToken(logits: ArrayLike<number>, temperature: number, random: Random): number {
  let largest = 0;
  for (let i = 1; i < logits.length; i++) if ((logits[i] ?? 0) > (logits[largest] ?? 0)) largest = i;
  if (temperature === 0) return largest;
  const weight = (i: number) => Math.exp(((logits[i] ?? 0) - (logits[largest] ?? 0)) / temperature);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += weight(i);
  let rest = random() * total;
  for (let i = 0; i < logits.length; i++) {
    rest -= weight(i);
    if (rest < 0) return i;
  }
  // Only by rounding.
  return largest;
}
