import { DataError } from "../errors.ts";

/** Tokens to begin with: one list for all sequences, or one for each. */
export type Prompt = ArrayLike<number> | readonly ArrayLike<number>[];

/** A prompt for each of `count` sequences. Throws DataError where one is empty, their number is wrong, or a token is none. */
export function promptsOf(op: string, prompt: Prompt, count: number, vocabulary: number): ArrayLike<number>[] {
  const isList = typeof prompt[0] === "object";
  const prompts = isList ? [...(prompt as readonly ArrayLike<number>[])] : new Array(count).fill(prompt);
  if (prompts.length !== count) {
    throw new DataError(
      `${op}: got ${prompts.length} prompts, expected one for all sequences or one for each of the ${count}`,
    );
  }
  prompts.forEach((tokens: ArrayLike<number>, i) => {
    if (tokens.length === 0) {
      throw new DataError(`${op}: prompt ${i} is empty, expected a token at least, such as one that begins a text`);
    }
    const wrong = Array.from(tokens).find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabulary));
    if (wrong !== undefined) {
      throw new DataError(`${op}: prompt ${i} has token ${wrong}, expected integers from 0 to ${vocabulary - 1}`);
    }
  });
  return prompts;
}

/** The first `length` tokens of each prompt as a decoder takes them, [batch · length]. */
export function packPrompts(prompts: readonly ArrayLike<number>[], length: number): Int32Array {
  const packed = new Int32Array(prompts.length * length);
  prompts.forEach((tokens, i) => {
    for (let position = 0; position < length; position++) packed[i * length + position] = tokens[position] as number;
  });
  return packed;
}

/** Throws DataError unless the value is a positive integer. */
export function requireCount(op: string, name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new DataError(`${op}: ${name} is ${value}, expected a positive integer`);
  }
}
