import { ShapeError } from "../../errors.ts";
import { requireValues } from "../../graph/arguments.ts";
import { ConstantValue } from "../../graph/leaves.ts";
import { isTraining } from "../../graph/mode.ts";
import { type DefaultedSpec, formatShape } from "../../graph/shape.ts";
import { Value } from "../../graph/value.ts";
import { dropout } from "../../ops/elementwise/dropout.ts";
import { less, scalar } from "../../ops/elementwise/elementwise.ts";
import { randomUniform } from "../../ops/elementwise/random-uniform.ts";
import { select } from "../../ops/elementwise/select.ts";
import { concat, permute, reshape, slice, zeros } from "../../ops/layout/layout.ts";
import { scan } from "../../ops/loop/scan.ts";
import { argmax } from "../../ops/rows/argmax.ts";
import { checkOptions } from "../../options.ts";
import { Embedding } from "../embedding.ts";
import { normal } from "../initializers.ts";
import { Linear, requireSizes } from "../layers.ts";
import { Module } from "../module.ts";
import { GRU } from "../recurrent/gru.ts";
import { LSTM } from "../recurrent/lstm.ts";
import { RNN } from "../recurrent/rnn.ts";
import type { PreparedMemory } from "./attention.ts";
import { Seq2SeqDecoderCell, type Seq2SeqState, type Seq2SeqStep } from "./cell.ts";
import {
  type ForcingOptions,
  forcingKinds,
  requireTokens,
  type Seq2SeqOptions,
  type SourceOptions,
  seq2seqKinds,
  sourceKinds,
} from "./options.ts";

export type { ForcingOptions, Seq2SeqOptions, SourceOptions } from "./options.ts";

/** What is read of a source once. */
export interface Encoded {
  /** Keys and values of the source's tokens. */
  readonly memory: PreparedMemory;
  /** What the decoder starts from. */
  readonly state: Seq2SeqState;
}

const LAYERS = { lstm: LSTM, gru: GRU, rnn: RNN } as const;

/**
 * Encoder and decoder with attention (Bahdanau et al. 2015; Luong et al. 2015). The decoder's layers start from the last
 * states of the encoder's, through `bridge_h` and `bridge_c` where sizes differ or the encoder reads both ways.
 */
export class Seq2Seq extends Module {
  /** [sourceVocabulary, embedding]. */
  readonly source_embedding: Embedding;
  /** [targetVocabulary, embedding]. */
  readonly target_embedding: Embedding;
  /** Reads the embedded source. */
  readonly encoder: LSTM | GRU | RNN;
  /** From the encoder's last h to the decoder's first; null where it is taken as it is. */
  readonly bridge_h: Linear | null;
  /** The same for an LSTM's c. */
  readonly bridge_c: Linear | null;
  /** A step of the target, with attention to what the encoder read. */
  readonly decoder: Seq2SeqDecoderCell;
  /** From `hidden` to the logits of targetVocabulary. */
  readonly output: Linear;
  /** The token that stands before the first one. */
  readonly startToken: number;
  /** Rate of dropout in training. */
  readonly dropout: number;

  constructor(
    readonly sourceVocabulary: number,
    readonly targetVocabulary: number,
    given: Seq2SeqOptions,
  ) {
    super();
    checkOptions("Seq2Seq", given, seq2seqKinds);
    const { embedding, hidden, bidirectional = false, cell = "lstm", numLayers = 1 } = given;
    const { encoderHidden = bidirectional && hidden % 2 === 0 ? hidden / 2 : hidden } = given;
    const { attention = "general", inputFeeding = true, dropout: rate = 0, startToken = 0 } = given;
    requireSizes("Seq2Seq", { sourceVocabulary, targetVocabulary, embedding, hidden, encoderHidden, numLayers });
    if (!(Number.isInteger(startToken) && startToken >= 0 && startToken < targetVocabulary)) {
      throw new ShapeError(
        `Seq2Seq: startToken is ${startToken}, expected an integer from 0 to ${targetVocabulary - 1}; count it in targetVocabulary`,
      );
    }
    const memorySize = bidirectional ? 2 * encoderHidden : encoderHidden;
    const options = { cell, numLayers, attention, inputFeeding, dropout: rate };
    // before the encoder, because it knows which cells there are
    const decoder = new Seq2SeqDecoderCell(embedding, hidden, memorySize, options);
    const bridge = () => (bidirectional || encoderHidden !== hidden ? new Linear(memorySize, hidden) : null);
    this.source_embedding = new Embedding(sourceVocabulary, embedding, { initializer: normal() });
    this.target_embedding = new Embedding(targetVocabulary, embedding, { initializer: normal() });
    this.encoder = new LAYERS[cell](embedding, encoderHidden, {
      numLayers,
      bidirectional,
      dropout: numLayers > 1 ? rate : 0,
    });
    this.bridge_h = bridge();
    this.bridge_c = cell === "lstm" ? bridge() : null;
    this.decoder = decoder;
    this.output = new Linear(hidden, targetVocabulary);
    this.startToken = startToken;
    this.dropout = rate;
  }

  /** Shapes of the decoder's state for a batch. */
  stateSpec(batch: number): Seq2SeqState<DefaultedSpec> {
    return this.decoder.stateSpec(batch);
  }

  /** `source` int32 [batch, S] → what a decoder reads of it. */
  encode(source: Value, options: SourceOptions = {}): Encoded {
    requireTokens("source", source);
    checkOptions("Seq2Seq", options, sourceKinds);
    const { lengths } = options;
    const embedded = this.source_embedding.forward(source);
    const x = isTraining() ? dropout(embedded, this.dropout) : embedded;
    const [outputs, last] = this.encoder.forward(x, undefined, { lengths });
    const [h, c] = last instanceof Value ? [last, undefined] : [last.h, last.c];
    const memory = this.decoder.attention.prepare(outputs, { lengths });
    return {
      memory,
      state: this.decoder.start(this.#bridge(h, this.bridge_h), c ? this.#bridge(c, this.bridge_c) : []),
    };
  }

  /**
   * `source` int32 [batch, S] and `target` int32 [batch, T], the tokens to be predicted (negative ones are padding) → logits
   * [batch, T, targetVocabulary] and the attention weights [batch, T, S]. A step sees the targets before its own.
   */
  forward(source: Value, target: Value, options: ForcingOptions = {}): { logits: Value; weights: Value } {
    requireTokens("source", source);
    requireTokens("target", target);
    checkOptions("Seq2Seq", options, forcingKinds);
    const { lengths, teacherForcing = 1 } = options;
    if (target.shape[0] !== source.shape[0]) {
      throw new ShapeError(
        `Seq2Seq: target has shape ${formatShape(target.shape)}, expected the batch of the source ${formatShape(source.shape)}`,
      );
    }
    const { memory, state } = this.encode(source, { lengths });
    const [batch, length] = target.shape as [number, number];
    const start = this.#starts([batch, 1]);
    const tokens = length > 1 ? concat([start, slice(target, 1, 0, length - 1)], 1) : start;
    const embedded = permute(this.target_embedding.forward(tokens), [1, 0, 2]);
    const batchFirst = (x: Value) => permute(x, [1, 0, 2]);
    if (teacherForcing === 1) {
      const [, { readout, weights }] = scan(embedded, state, (before, x) => {
        const { state: next, readout, weights } = this.decoder.forward(x, before, memory);
        return [next, { readout, weights }];
      });
      // turned around while it is small: there are many more logits
      return { logits: this.output.forward(batchFirst(readout)), weights: batchFirst(weights) };
    }
    const coins = less(randomUniform([length, batch, 1]), this.#probability(teacherForcing));
    const [, { logits, weights }] = scan(
      { truth: embedded, coin: coins },
      { state, own: this.target_embedding.forward(this.#starts([batch])) },
      (before, { truth, coin }) => {
        const step = this.step(select(coin, truth, before.own), before.state, memory);
        return [
          { state: step.state, own: step.own },
          { logits: step.logits, weights: step.weights },
        ];
      },
    );
    return { logits: batchFirst(logits), weights: batchFirst(weights) };
  }

  /**
   * The likeliest token of every step, each fed to the next, in one program: `source` int32 [batch, S] → `tokens` int32
   * [batch, steps] and the attention weights [batch, steps, S]. What follows a sequence's end token is for the caller to cut.
   */
  greedy(source: Value, steps: number, options: SourceOptions = {}): { tokens: Value; weights: Value } {
    requireSizes("Seq2Seq", { steps });
    const { memory, state } = this.encode(source, options);
    const batch = source.shape[0] as number;
    const initial = { state, own: this.target_embedding.forward(this.#starts([batch])) };
    const [, { token, weights }] = scan(zeros([steps, 1]), initial, (before) => {
      const step = this.step(before.own, before.state, memory);
      return [
        { state: step.state, own: step.own },
        { token: step.token, weights: step.weights },
      ];
    });
    return { tokens: permute(token, [1, 0]), weights: permute(weights, [1, 0, 2]) };
  }

  /** One step from an embedded token [batch, embedding], with the likeliest next token and its vector. */
  step(embedded: Value, state: Seq2SeqState, memory: PreparedMemory): Seq2SeqStep & Predicted {
    requireValues("Seq2Seq", { embedded });
    this.decoder.requireState(state);
    const step = this.decoder.forward(embedded, state, memory);
    const logits = this.output.forward(step.readout);
    const token = argmax(logits);
    return { ...step, logits, token, own: this.target_embedding.forward(token) };
  }

  /** Last states of the encoder [layers · directions, batch, size] as those of the decoder's layers. */
  #bridge(states: Value, bridge: Linear | null): Value[] {
    const { numLayers, hidden } = { ...this.decoder.options, hidden: this.decoder.hidden };
    const [count, batch, size] = states.shape as [number, number, number];
    const directions = count / numLayers;
    const byLayer = permute(reshape(states, [numLayers, directions, batch, size]), [0, 2, 1, 3]);
    const joined = reshape(byLayer, [numLayers, batch, directions * size]);
    const fitted = bridge ? bridge.forward(joined) : joined;
    return Array.from({ length: numLayers }, (_, i) => reshape(slice(fitted, 0, i, i + 1), [batch, hidden]));
  }

  #starts(shape: readonly number[]): Value {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return new ConstantValue(new Int32Array(size).fill(this.startToken), { shape, dtype: "int32" });
  }

  #probability(teacherForcing: Value | number): Value {
    if (teacherForcing instanceof Value) {
      if (teacherForcing.dtype === "float32" && teacherForcing.shape.every((extent) => extent === 1)) {
        return reshape(teacherForcing, []);
      }
      throw new ShapeError(
        `Seq2Seq: teacherForcing is ${teacherForcing.dtype} ${formatShape(teacherForcing.shape)}, expected one probability, float32 []`,
      );
    }
    if (teacherForcing >= 0 && teacherForcing <= 1) return scalar(teacherForcing);
    throw new ShapeError(`Seq2Seq: teacherForcing is ${teacherForcing}, expected a probability from 0 to 1`);
  }
}

/** What a step says of the next token. */
export interface Predicted {
  /** [batch, targetVocabulary] */
  readonly logits: Value;
  /** int32 [batch]: the likeliest one. */
  readonly token: Value;
  /** Its vector, [batch, embedding]. */
  readonly own: Value;
}
