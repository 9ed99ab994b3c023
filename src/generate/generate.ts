import { ArgumentError } from "../errors.ts";
import {
  anything,
  checkOptions,
  count,
  flag,
  integer,
  type Kind,
  type KindsOf,
  listOf,
  numberWithin,
  required,
} from "../options.ts";
import { checkDecoder, type Decoder } from "./decoder.ts";
import { DeviceDrawing, HostDrawing } from "./drawing.ts";
import { occupy } from "./in-use.ts";
import { type Prompt, packPrompts, promptsOf } from "./prompt.ts";
import { SLOTS } from "./sampler.ts";
import { type SamplingOptions, samplingKinds } from "./sampling.ts";

/** Options of `generate` and `generateTokens`, those of sampling included. */
export interface GenerateOptions extends SamplingOptions {
  /**
   * Tokens to begin with: one list for all sequences of the decoder, or one for each. Lists may differ in length: a
   * sequence whose prompt is read begins to write while others still read.
   */
  readonly prompt: Prompt;
  /** Tokens to write, at most, for each sequence. */
  readonly maxTokens: number;
  /** A sequence ends where one of these is drawn; it is no part of what was written. */
  readonly stopTokens?: readonly number[] | undefined;
  /** The same seed draws the same tokens, for each sequence by its row and the token's position alone; see `tokenRandom`. */
  readonly seed?: number | undefined;
  /** `false` goes on from the decoder's present state, where the sequences begin anew otherwise. */
  readonly reset?: boolean | undefined;
  /**
   * Tokens of each sequence that are drawn on the GPU before they are read, 1 to 64. Without it four at first, then as many as
   * come in 50 ms, and on a software adapter each token's logits are read, which is faster there. They are the same either way. A decoder of your own, and a Seq2Seq decoder that keeps its attention weights,
   * has each token's logits read.
   */
  readonly readEvery?: number | undefined;
  /** Ends the generation with the signal's reason as error. */
  readonly signal?: AbortSignal | undefined;
}

/** What was written after one sequence's prompt. */
export interface Generated {
  /** The tokens without the prompt; a stop token that came is not among them. */
  readonly tokens: Int32Array;
  /** `stop`: a stop token came; `length`: `maxTokens` were written. */
  readonly reason: "stop" | "length";
}

/** Stands for "no token" in what `generateTokens` yields. */
const NONE = -1;

/**
 * Lets the decoder's sequences write and yields their tokens as they come, [batch] at a time; -1 stands where a sequence
 * has ended or still reads its prompt. Leave the loop to stop. Throws ArgumentError for options out of range,
 * DataError for a prompt that is none.
 *
 * From its first token to its end, or until the loop is left, the decoder is in use: another generation or search with it
 * throws DataError.
 */
export function generateTokens(decoder: Decoder, options: GenerateOptions): AsyncGenerator<Int32Array, void, void> {
  const prompts = checkedPrompts("generateTokens", decoder, options);
  return writeAlone("generateTokens", decoder, prompts, options);
}

/**
 * Lets the decoder's sequences write to their ends: what `generateTokens` yields, for each of them.
 *
 * @example
 * ```ts
 * import { createTransformerDecoder, generate, nn, openDevice } from "seqgrad";
 *
 * const model = new nn.TransformerLM(256, { dModel: 64, numHeads: 4, numLayers: 2 });
 * const decoder = await createTransformerDecoder(await openDevice(), model);
 * const [written] = await generate(decoder, { prompt: [1, 2, 3], maxTokens: 20, temperature: 0.8, seed: 1 });
 * console.log(written?.tokens, written?.reason);
 * ```
 */
export async function generate(decoder: Decoder, options: GenerateOptions): Promise<Generated[]> {
  const prompts = checkedPrompts("generate", decoder, options);
  const written = Array.from({ length: decoder.batch }, (): number[] => []);
  for await (const step of writeAlone("generate", decoder, prompts, options)) {
    step.forEach((token, i) => {
      if (token !== NONE) written[i]?.push(token);
    });
  }
  return written.map((tokens) => ({
    tokens: Int32Array.from(tokens),
    reason: tokens.length < options.maxTokens ? "stop" : "length",
  }));
}

interface Sequence {
  readonly prompt: ArrayLike<number>;
  /** For the repetition penalty. */
  readonly seen: Set<number>;
  written: number;
  ended: boolean;
}

/** @internal */
export const signalKind: Kind = {
  expected: "an AbortSignal",
  fits: (value) => typeof (value as AbortSignal | null | undefined)?.throwIfAborted === "function",
};

const kinds: KindsOf<GenerateOptions> = {
  ...samplingKinds,
  prompt: required(anything),
  maxTokens: required(count),
  stopTokens: listOf(integer, "integers"),
  seed: integer,
  reset: flag,
  readEvery: numberWithin(
    `an integer from 1 to ${SLOTS}`,
    (value) => Number.isInteger(value) && value >= 1 && value <= SLOTS,
  ),
  signal: signalKind,
};

function checkedPrompts(op: string, decoder: Decoder, options: GenerateOptions): ArrayLike<number>[] {
  checkDecoder(op, decoder);
  checkOptions(op, options, kinds);
  const { batch, vocabulary } = decoder;
  const unknown = options.stopTokens?.find((token) => !(token >= 0 && token < vocabulary));
  if (unknown !== undefined) {
    throw new ArgumentError(`${op}: stopTokens has ${unknown}, expected integers from 0 to ${vocabulary - 1}`);
  }
  return promptsOf(op, options.prompt, batch, vocabulary);
}

/** The decoder is taken when the first token is asked for, so that a generator that never starts holds nothing. */
async function* writeAlone(
  user: string,
  decoder: Decoder,
  prompts: readonly ArrayLike<number>[],
  options: GenerateOptions,
): AsyncGenerator<Int32Array, void, void> {
  const release = occupy(decoder, user);
  try {
    yield* writeTokens(decoder, prompts, options);
  } finally {
    release();
  }
}

async function* writeTokens(
  decoder: Decoder,
  prompts: readonly ArrayLike<number>[],
  { maxTokens, stopTokens = [], seed = 0, reset = true, signal, readEvery, ...sampling }: GenerateOptions,
): AsyncGenerator<Int32Array, void, void> {
  const { batch, feeding } = decoder;
  const stops = new Set(stopTokens);
  const sequences: Sequence[] = prompts.map((prompt) => ({
    prompt,
    seen: new Set(Array.from(prompt)),
    written: 0,
    ended: false,
  }));
  signal?.throwIfAborted();
  const start = reset ? 0 : (decoder.length ?? 0);
  const ends = prompts.map(({ length }) => start + length + maxTokens);
  const seen = sequences.map((sequence) => sequence.seen);
  const settings = { sampling, seed, stopTokens, seen, ends, prompts, start, readEvery };
  const sampler = feeding?.isSoftware() && readEvery === undefined ? undefined : await feeding?.sampler();
  const drawing =
    feeding && sampler ? new DeviceDrawing(feeding, sampler, settings) : new HostDrawing(decoder, settings);
  if (reset) decoder.reset();
  try {
    let position = Math.min(...prompts.map(({ length }) => length));
    await drawing.begin(packPrompts(prompts, position));
    // a sequence that has ended is fed its last token on and on
    const next = new Int32Array(batch);
    for (; ; position++) {
      signal?.throwIfAborted();
      const drawn = new Int32Array(batch).fill(NONE);
      sequences.forEach((sequence, i) => {
        if (sequence.ended) return;
        if (position < sequence.prompt.length) {
          next[i] = sequence.prompt[position] as number;
          return;
        }
        const token = drawing.token(i);
        next[i] = token;
        sequence.seen.add(token);
        sequence.ended = stops.has(token) || ++sequence.written === maxTokens;
        if (!stops.has(token)) drawn[i] = token;
      });
      if (drawn.some((token) => token !== NONE)) yield drawn;
      if (sequences.every(({ ended }) => ended)) return;
      signal?.throwIfAborted();
      await drawing.advance(next);
    }
  } finally {
    drawing.end();
  }
}
