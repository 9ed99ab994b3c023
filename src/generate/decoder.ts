import { DataError, ShapeError } from "../errors.ts";
import { checkArgument, count, type Kind, required, show } from "../options.ts";
import type { Feeding } from "./feeding.ts";

/**
 * A model that predicts the next token of each of a batch of sequences, with a state that stays on the GPU. Sampling and
 * beam search know no more of a model than this.
 */
export interface Decoder {
  /** Sequences that are decoded side by side. */
  readonly batch: number;
  /** Different tokens. */
  readonly vocabulary: number;
  /**
   * Tokens that each sequence was fed with since it began. Random numbers go by it where a text is continued; without it they
   * begin anew. While `generate` writes it may be ahead of the tokens that came.
   */
  readonly length?: number;
  /** @internal How to feed it with tokens that the GPU draws; without it all logits are read. */
  readonly feeding?: Feeding | undefined;
  /** Feeds each sequence its next token, [batch]; resolves to the logits of the token behind it, [batch · vocabulary]. */
  step(tokens: Int32Array): Promise<Float32Array>;
  /** Feeds a prompt of equal length to each sequence, [batch · length]; resolves to the logits behind its last token. */
  prefill(tokens: Int32Array): Promise<Float32Array>;
  /** Lets sequence i go on from the state of sequence `parents[i]`. */
  reorder(parents: Int32Array): Promise<void>;
  /** Begins new sequences. */
  reset(): void;
  /** Frees the GPU memory of its state and programs; the model stays. */
  dispose(): void;
}

const METHODS = ["step", "prefill", "reorder", "reset"] as const;

const aDecoder: Kind = required({
  expected: "a decoder, such as createRecurrentDecoder gives",
  fits: (value) =>
    typeof value === "object" &&
    value !== null &&
    METHODS.every((name) => typeof (value as Decoder)[name] === "function"),
});

/** Throws ArgumentError unless it is a decoder. */
export function checkDecoder(op: string, decoder: Decoder): void {
  checkArgument(op, "decoder", decoder, aDecoder);
  checkArgument(op, "decoder.batch", decoder.batch, required(count));
  checkArgument(op, "decoder.vocabulary", decoder.vocabulary, required(count));
}

/** Throws unless they are integers in an Int32Array, `length` (or as many as it likes, but one) for each of `batch` sequences. */
export function checkTokens(op: string, tokens: Int32Array, batch: number, length?: number): void {
  requireInt32(op, "tokens", tokens);
  const each = tokens.length / batch;
  if (length === undefined ? Number.isInteger(each) && each > 0 : each === length) return;
  const wanted =
    length === 1
      ? `one for each of the ${batch} sequences`
      : `batch · length of them, as many, and at least one, for each of the ${batch} sequences`;
  throw new ShapeError(`${op}: got ${tokens.length} tokens, expected ${wanted}`);
}

/** Throws unless they say for each of `batch` sequences which one it goes on from. */
export function checkParents(parents: Int32Array, batch: number): void {
  requireInt32("reorder", "parents", parents);
  const wrong = parents.find((parent) => !(parent >= 0 && parent < batch));
  if (parents.length === batch && wrong === undefined) return;
  const got = parents.length > 8 ? `${parents.length} of them` : `parents [${parents.join(", ")}]`;
  const which = wrong === undefined || parents.length <= 8 ? "" : `, ${wrong} among them`;
  throw new DataError(`reorder: got ${got}${which}, expected ${batch} integers from 0 to ${batch - 1}`);
}

/** Throws DataError unless it is an Int32Array. */
export function requireInt32(op: string, what: string, given: unknown): void {
  if (given instanceof Int32Array) return;
  throw new DataError(`${op}: ${what} is ${show(given)}, expected an Int32Array; use Int32Array.from`);
}
