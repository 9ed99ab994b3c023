import { ShapeError, UnsupportedError } from "../../errors.ts";
import { requireFields, valueList } from "../../graph/arguments.ts";
import { isTraining } from "../../graph/mode.ts";
import { type DefaultedSpec, float32 } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { dropout } from "../../ops/elementwise/dropout.ts";
import { add } from "../../ops/elementwise/elementwise.ts";
import { tanh } from "../../ops/elementwise/unary.ts";
import { reshape, slice, zeros } from "../../ops/layout/layout.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { gru } from "../../ops/recurrent/gru.ts";
import { lstm } from "../../ops/recurrent/lstm.ts";
import { rnn } from "../../ops/recurrent/rnn.ts";
import { Linear } from "../layers.ts";
import { Module } from "../module.ts";
import { GRUCell, LSTMCell, RNNCell } from "../recurrent/cell-modules.ts";
import { AdditiveAttention, LuongAttention, type LuongScore, type PreparedMemory } from "./attention.ts";

/** Kind of recurrent cell of `Seq2Seq`. */
export type Seq2SeqCell = "lstm" | "gru" | "rnn";
/** Kind of attention of `Seq2Seq` over its source. */
export type Seq2SeqAttention = "bahdanau" | LuongScore;

/** What a decoder carries from token to token: of each layer, [batch, hidden]. */
export interface Seq2SeqState<T = Value> {
  /** Hidden states, one for each layer. */
  readonly h: readonly T[];
  /** Empty but in an LSTM. */
  readonly c: readonly T[];
  /** The attentional vector of the step before, where it is fed to the next; otherwise empty. */
  readonly feed: readonly T[];
}

export interface Seq2SeqStep {
  /** `[batch, hidden]`: what the output layer sees. */
  readonly readout: Value;
  /** [batch, source] */
  readonly weights: Value;
  readonly state: Seq2SeqState;
}

const CELLS = { lstm: LSTMCell, gru: GRUCell, rnn: RNNCell } as const;
const ATTENTION: readonly Seq2SeqAttention[] = ["bahdanau", "dot", "general", "concat"];

export interface DecoderStackOptions {
  readonly cell: Seq2SeqCell;
  readonly numLayers: number;
  readonly attention: Seq2SeqAttention;
  readonly inputFeeding: boolean;
  readonly dropout: number;
}

/**
 * One step of a decoder with attention, from the embedded token to the attentional vector tanh(W·[context; h] + b).
 * - Luong et al. 2015: the new state asks; with input feeding the attentional vector goes into the next step beside its token.
 * - Bahdanau et al. 2015: the state of the step before asks, and the context goes into the cell beside the token.
 */
export class Seq2SeqDecoderCell extends Module {
  readonly layers: readonly (LSTMCell | GRUCell | RNNCell)[];
  readonly attention: AdditiveAttention | LuongAttention;
  readonly readout: Linear;

  constructor(
    readonly embedding: number,
    readonly hidden: number,
    memorySize: number,
    readonly options: DecoderStackOptions,
  ) {
    super();
    const { cell, numLayers, attention, inputFeeding } = options;
    if (!(cell in CELLS)) {
      throw new UnsupportedError(
        `Seq2Seq: cell is ${cell}, expected one of ${Object.keys(CELLS).join(", ")}; write another decoder with scan and nn.LuongAttention`,
      );
    }
    if (!ATTENTION.includes(attention)) {
      throw new UnsupportedError(`Seq2Seq: attention is ${attention}, expected one of ${ATTENTION.join(", ")}`);
    }
    const isAdditive = attention === "bahdanau";
    const fed = isAdditive ? memorySize : inputFeeding ? hidden : 0;
    this.layers = Array.from(
      { length: numLayers },
      (_, i) => new CELLS[cell](i === 0 ? embedding + fed : hidden, hidden),
    );
    if (attention === "dot" && memorySize !== hidden) {
      throw new ShapeError(
        `Seq2Seq: attention dot needs a memory of the decoder's size, got ${memorySize} and hidden ${hidden}; set encoderHidden so that both directions together have ${hidden} units, or use general`,
      );
    }
    this.attention = isAdditive
      ? new AdditiveAttention(hidden, memorySize)
      : new LuongAttention(hidden, memorySize, { score: attention });
    this.readout = new Linear(memorySize + hidden, hidden);
  }

  /** Shapes of the state for a batch. */
  stateSpec(batch: number): Seq2SeqState<DefaultedSpec> {
    const { cell, numLayers } = this.options;
    const spec = float32([batch, this.hidden], { default: 0 });
    const all = new Array<DefaultedSpec>(numLayers).fill(spec);
    return { h: all, c: cell === "lstm" ? all : [], feed: this.#feedsReadout ? [spec] : [] };
  }

  /** The state from which decoding starts, of given h and c. */
  start(h: readonly Value[], c: readonly Value[]): Seq2SeqState {
    return { h, c, feed: this.#feedsReadout ? [zeros((h[0] as Value).shape)] : [] };
  }

  /** Throws unless the state has a value for each layer, and the fed vector where there is one. */
  requireState(state: Seq2SeqState): void {
    requireFields("Seq2Seq", "state", state, { h: valueList, c: valueList, feed: valueList });
    for (const [name, specs] of Object.entries(this.stateSpec(1)) as [keyof Seq2SeqState, readonly unknown[]][]) {
      if (state[name].length !== specs.length) {
        throw new ShapeError(
          `Seq2Seq: state.${name} has ${state[name].length} values, expected ${specs.length}; begin with the state that encode gives`,
        );
      }
    }
  }

  get #feedsReadout(): boolean {
    return this.options.inputFeeding && this.options.attention !== "bahdanau";
  }

  /** `token` [batch, embedding]. */
  forward(token: Value, before: Seq2SeqState, memory: PreparedMemory): Seq2SeqStep {
    const asksBefore = this.options.attention === "bahdanau";
    const early = asksBefore ? this.attention.forward(before.h.at(-1) as Value, memory) : null;
    const fed = early ? [early.context] : before.feed;
    const h: Value[] = [];
    const c: Value[] = [];
    let inputs = [this.#drop(token), ...fed];
    this.layers.forEach((layer, i) => {
      const next = stepOf(layer, inputs, before.h[i] as Value, before.c[i]);
      h.push(next.h);
      if (next.c) c.push(next.c);
      inputs = [this.#drop(next.h)];
    });
    const top = h.at(-1) as Value;
    const { context, weights } = early ?? this.attention.forward(top, memory);
    const readout = tanh(linearOf([context, top], this.readout.weight, this.readout.bias as Value));
    return { readout: this.#drop(readout), weights, state: { h, c, feed: before.feed.map(() => readout) } };
  }

  #drop(x: Value): Value {
    return isTraining() ? dropout(x, this.options.dropout) : x;
  }
}

/** linear(concat(parts), weight, bias) without the concatenation: parts that a loop does not carry are done before it. */
function linearOf(parts: readonly Value[], weight: Value, bias: Value): Value {
  let start = 0;
  const terms = parts.map((part, i) => {
    const size = part.shape.at(-1) as number;
    start += size;
    return linear(part, slice(weight, 1, start - size, start), i === 0 ? bias : undefined);
  });
  return terms.reduce((total, term) => add(total, term));
}

/** A cell's step by the kernel that the layers use: one dispatch for the recurrent matmul and the gates. */
function stepOf(
  layer: LSTMCell | GRUCell | RNNCell,
  inputs: readonly Value[],
  h: Value,
  c: Value | undefined,
): { readonly h: Value; readonly c?: Value } {
  const { weight_ih, weight_hh } = layer;
  const [bias_ih, bias_hh] = [layer.bias_ih as Value, layer.bias_hh as Value];
  const batch = h.shape[0] as number;
  const project = (bias: Value) => {
    const projected = linearOf(inputs, weight_ih, bias);
    return reshape(projected, [1, batch, projected.shape[1] as number]);
  };
  if (layer instanceof LSTMCell) return lstm(project(add(bias_ih, bias_hh)), weight_hh, h, c as Value);
  if (layer instanceof RNNCell) return { h: rnn(project(add(bias_ih, bias_hh)), weight_hh, h).h };
  return { h: gru(project(bias_ih), weight_hh, bias_hh, h).h };
}
