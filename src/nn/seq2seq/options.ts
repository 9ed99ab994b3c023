/** What `Seq2Seq` is given: options and tokens. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import { formatShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { anElement, anything, count, countOrZero, either, flag, type KindsOf, rate, required } from "../../options.ts";
import { layerCount } from "../layers.ts";
import type { Seq2SeqAttention, Seq2SeqCell } from "./cell.ts";

/** Options of `Seq2Seq`. */
export interface Seq2SeqOptions {
  /** Size of a token's vector on both sides. */
  readonly embedding: number;
  /** Units of the decoder. */
  readonly hidden: number;
  /** Units of the encoder in each direction; `hidden`, or half of it where it is bidirectional and `hidden` is even. */
  readonly encoderHidden?: number;
  /** Of encoder and decoder; "lstm". */
  readonly cell?: Seq2SeqCell;
  /** Of encoder and decoder. */
  readonly numLayers?: number;
  /** Whether the encoder reads the source both ways; false. */
  readonly bidirectional?: boolean;
  /** How the decoder scores the source's tokens; "general". */
  readonly attention?: Seq2SeqAttention;
  /** Luong's: the attentional vector goes into the next step beside its token. Bahdanau's always feeds the context. */
  readonly inputFeeding?: boolean;
  /** Rate of dropout on embedded tokens, between layers and before the output layer. */
  readonly dropout?: number;
  /** The token that stands before the first one. */
  readonly startToken?: number;
}

/** Options of reading the source sequence of `Seq2Seq`. */
export interface SourceOptions {
  /** int32 [batch], from 0 to S: tokens of each source that count. */
  readonly lengths?: Value | undefined;
}

/** Options of decoding with teacher forcing. */
export interface ForcingOptions extends SourceOptions {
  /**
   * Probability that a step is fed the target's token rather than the one that the model found likeliest a step before, drawn
   * for each step and sequence (scheduled sampling, Bengio et al. 2015). A value of shape [] can follow a schedule from run
   * to run. Where absent or 1 the targets are always fed, and what a step predicts is worked out for all of them at once.
   */
  readonly teacherForcing?: Value | number | undefined;
}

export const seq2seqKinds: KindsOf<Seq2SeqOptions> = {
  embedding: required(count),
  hidden: required(count),
  encoderHidden: count,
  cell: anything,
  numLayers: layerCount,
  bidirectional: flag,
  attention: anything,
  inputFeeding: flag,
  dropout: rate,
  startToken: countOrZero,
};

export const sourceKinds: KindsOf<SourceOptions> = { lengths: optionalValue };
export const forcingKinds: KindsOf<ForcingOptions> = {
  ...sourceKinds,
  teacherForcing: either(anElement, optionalValue),
};

/** Throws where tokens are not int32 [batch, length]. */
export function requireTokens(name: string, tokens: Value): void {
  requireValues("Seq2Seq", { [name]: tokens });
  if (tokens.dtype !== "int32") {
    throw new DtypeError(`Seq2Seq: ${name} is ${tokens.dtype}, expected int32 tokens; declare the input as int32`);
  }
  if (tokens.rank !== 2) {
    throw new ShapeError(`Seq2Seq: ${name} has shape ${formatShape(tokens.shape)}, expected [batch, length]`);
  }
}
