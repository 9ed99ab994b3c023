/** A chain of parts as a model of ours. */
import {
  concat,
  losses,
  matmul,
  nn,
  optim,
  reshape,
  slice,
  softmax,
  stack,
  tanh,
  type Value,
} from "../../../src/index.ts";
import type { Part, RecurrentPart, TrainingWork } from "../../cases/work.ts";

type Layer = nn.LSTM | nn.GRU | nn.RNN;

export class Chain extends nn.Module {
  readonly encoder: nn.LSTM | null;
  readonly parts: (nn.Module | null)[];

  constructor(private readonly work: TrainingWork) {
    super();
    const { encoder, parts } = work;
    this.encoder = encoder ? new nn.LSTM(encoder.features, encoder.hidden) : null;
    this.parts = parts.map(moduleOf);
  }

  forward(x: Value, source?: Value): Value {
    const [memory, end] = source && this.encoder ? this.encoder.forward(source) : [];
    let state: nn.LSTMState | undefined = end;
    return this.work.parts.reduce((value, part, i) => {
      if (part.type === "Repeat") return stack(new Array<Value>(part.times).fill(value), 1);
      const module = this.parts[i];
      if (part.type === "Dense") {
        const y = (module as nn.Linear).forward(value);
        return part.activation ? tanh(y) : y;
      }
      if (part.type === "DotAttention") {
        const weights = softmax(matmul(value, memory as Value, { transposeB: true }));
        return concat([matmul(weights, memory as Value), value], 2);
      }
      if (part.type === "Embedding") return (module as nn.Embedding).forward(value);
      const result = runLayer(module as Layer, part, value, state);
      state = undefined;
      return result;
    }, x);
  }

  loss(values: { x: Value; y: Value; source?: Value }): Value {
    const found = this.forward(values.x, values.source);
    const { loss } = this.work;
    if (loss === "crossEntropy") return losses.crossEntropy(found, values.y);
    if (loss === "binary") return losses.binaryCrossEntropy(found, values.y);
    return loss === "absolute" ? losses.meanAbsoluteError(found, values.y) : losses.meanSquaredError(found, values.y);
  }
}

function moduleOf(part: Part): nn.Module | null {
  switch (part.type) {
    case "LSTM":
      return new nn.LSTM(part.input, part.hidden, { bidirectional: part.bidirectional ?? false });
    case "GRU":
      return new nn.GRU(part.input, part.hidden, {
        bidirectional: part.bidirectional ?? false,
        resetAfter: part.resetAfter ?? false,
      });
    case "RNN":
      return new nn.RNN(part.input, part.hidden, { bidirectional: part.bidirectional ?? false });
    case "Dense":
      return new nn.Linear(part.input, part.size);
    case "Embedding":
      return new nn.Embedding(part.entries, part.features);
    case "DotAttention":
    case "Repeat":
      return null;
  }
}

function runLayer(layer: Layer, part: RecurrentPart, x: Value, state: nn.LSTMState | undefined): Value {
  const [outputs, end] = layer instanceof nn.LSTM ? layer.forward(x, state) : layer.forward(x);
  if (part.sequences) return outputs;
  // The state that each direction ends in: what Keras returns without returnSequences.
  const h = "h" in end ? end.h : end;
  const [directions, batch] = h.shape as readonly [number, number];
  const ends = Array.from({ length: directions }, (_, i) => reshape(slice(h, 0, i, i + 1), [batch, part.hidden]));
  return ends.length === 1 ? (ends[0] as Value) : concat(ends, 1);
}

export const optimizerOf = ({ optimizer }: TrainingWork): optim.Optimizer =>
  optimizer === "sgd"
    ? optim.sgd({ learningRate: 1e-3 })
    : optimizer === "adam"
      ? optim.adam({ learningRate: 1e-3 })
      : optim.rmsprop({ learningRate: 1e-3 });
