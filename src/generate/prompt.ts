import { DataError } from "../errors.ts";
import { show } from "../options.ts";

/** Tokens to begin with: one list for all sequences, or one for each. */
export type Prompt = ArrayLike<number> | readonly ArrayLike<number>[];

/** A prompt for each of `count` sequences. Throws DataError where one is empty, their number is wrong, or a token is none. */
export function promptsOf(op: string, prompt: Prompt, count: number, vocabulary: number): ArrayLike<number>[] {
  requireList(op, "prompt", prompt);
  const isList = typeof prompt[0] === "object";
  const prompts = isList ? Array.from(prompt as readonly ArrayLike<number>[]) : new Array(count).fill(prompt);
  if (prompts.length !== count) {
    throw new DataError(
      `${op}: got ${prompts.length} prompts, expected one for all sequences or one for each of the ${count}`,
    );
  }
  prompts.forEach((tokens: ArrayLike<number>, i) => {
    requireList(op, `prompt ${i}`, tokens);
    if (tokens.length === 0) {
      throw new DataError(`${op}: prompt ${i} is empty, expected a token at least, such as one that begins a text`);
    }
    const wrong = Array.from(tokens).findIndex(
      (token) => !(Number.isInteger(token) && token >= 0 && token < vocabulary),
    );
    if (wrong >= 0) {
      throw new DataError(
        `${op}: prompt ${i} has token ${show(tokens[wrong])}, expected integers from 0 to ${vocabulary - 1}`,
      );
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

function requireList(op: string, what: string, given: unknown): void {
  if (Array.isArray(given) || (ArrayBuffer.isView(given) && !(given instanceof DataView))) return;
  throw new DataError(`${op}: ${what} is ${show(given)}, expected tokens in an array`);
}

/** Tokens [rows · length] in pieces [rows · size] of sizes that are powers of two, the longest first, none longer than `longest`. */
export function* piecesOf(tokens: Int32Array, rows: number, longest: number): Generator<Int32Array> {
  const length = tokens.length / rows;
  for (let start = 0; start < length; ) {
    const size = Math.min(longest, 2 ** Math.floor(Math.log2(length - start)));
    const piece = new Int32Array(rows * size);
    for (let row = 0; row < rows; row++) {
      const from = row * length + start;
      piece.set(tokens.subarray(from, from + size), row * size);
    }
    yield piece;
    start += size;
  }
}
