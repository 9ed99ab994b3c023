/** A chain of parts as a model of tf.layers, with the weights of the case. */
import type { layers, SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { Weights } from "../../cases/data.ts";
import { isRecurrent } from "../../cases/parts.ts";
import type { Part, RecurrentPart, TrainingWork } from "../../cases/work.ts";
import { layers as keras, type tf } from "./library.ts";
import { cellTensors, denseTensors, plainTensors } from "./weights.ts";

type Layer = layers.Layer;

export interface Model {
  apply(inputs: tf.Tensor[]): tf.Tensor;
  /** Recurrent kernel of the first recurrent part. */
  readonly compared: tf.Variable;
  /** Sets all weights to those of the case. */
  reset(): void;
}

// Any start will do: the case's weights follow. Orthogonal ones would take seconds.
const start = { kernelInitializer: "zeros", recurrentInitializer: "zeros" } as const;
const cell = { ...start, activation: "tanh", recurrentActivation: "sigmoid", unitForgetBias: false } as const;

export function recurrentLayer({ type, hidden, bidirectional, sequences }: RecurrentPart): Layer {
  const options = { ...cell, units: hidden, returnSequences: sequences };
  const layer = type === "LSTM" ? keras.layers.lstm(options) : keras.layers.gru(options);
  return bidirectional ? keras.layers.bidirectional({ layer, mergeMode: "concat" }) : layer;
}

/** Tensors, or their shapes while the layers are built. */
type Values = tf.Tensor | SymbolicTensor;

/** softmax(x·memoryᵀ)·memory with x behind it, in layers. */
function dotAttention(): (x: Values, memory: Values) => Values {
  const { dot, activation, concatenate } = keras.layers;
  const parts = [dot({ axes: [2, 2] }), activation({ activation: "softmax" }), dot({ axes: [2, 1] })] as const;
  const join = concatenate({ axis: -1 });
  return (x, memory) => {
    const weights = applied(parts[1], applied(parts[0], [x, memory]));
    return applied(join, [applied(parts[2], [weights, memory]), x]);
  };
}

const applied = (layer: Layer, x: Values | Values[], options: object = { training: true }): Values =>
  layer.apply(x as tf.Tensor, { ...options }) as Values;

/** Null for what has no weights and more than one input. */
function layerOf(part: Part): Layer | null {
  switch (part.type) {
    case "DotAttention":
      return null;
    case "Dense":
      return keras.layers.dense({
        units: part.size,
        kernelInitializer: "zeros",
        ...(part.activation ? { activation: part.activation } : {}),
      });
    case "Embedding":
      return keras.layers.embedding({
        inputDim: part.entries,
        outputDim: part.features,
        embeddingsInitializer: "zeros",
      });
    case "Repeat":
      return keras.layers.repeatVector({ n: part.times });
    default:
      return recurrentLayer(part);
  }
}

function tensorsOf(part: Part, i: number, weights: Weights): tf.Tensor[] {
  const prefix = `parts.${i}.`;
  if (part.type === "Dense") return denseTensors(weights, prefix);
  if (part.type === "Embedding") return plainTensors(weights, `${prefix}weight`);
  if (part.type === "Repeat" || part.type === "DotAttention") return [];
  const reverse = part.bidirectional ? cellTensors(weights, prefix, "_l0_reverse", part.type) : [];
  return [...cellTensors(weights, prefix, "_l0", part.type), ...reverse];
}

/**
 * The layers are called one by one and not by a `tf.model`: that runs an encoder again for each of its outputs, and hands
 * one layer's initial state to the next.
 */
export function buildModel(work: TrainingWork, weights: Weights): Model {
  const { time, input, encoder, parts } = work;
  const built = parts.map(layerOf);
  const attention = dotAttention();
  const returnSequences = parts.some(({ type }) => type === "DotAttention");
  const encoding = encoder && keras.layers.lstm({ ...cell, units: encoder.hidden, returnState: true, returnSequences });

  function run(x: Values, source?: Values): Values {
    const [memory, ...state] = encoding ? (applied(encoding, source as Values) as unknown as Values[]) : [];
    let value = x;
    built.forEach((layer, i) => {
      if (!layer) value = attention(value, memory as Values);
      else if (encoding && i === 0) value = applied(layer, value, { training: true, initialState: state });
      else value = applied(layer, value);
    });
    return value;
  }

  // with shapes alone, which makes the weights
  run(
    keras.input({ shape: input.form === "indices" ? [time] : [time, input.features] }),
    encoder && keras.input({ shape: [encoder.time, encoder.features] }),
  );
  const first = built[parts.findIndex(isRecurrent)] as Layer;
  return {
    apply: ([x, source]) => run(x as tf.Tensor, source) as tf.Tensor,
    // The layers' own variables hold those of the core; kernel, recurrent kernel, bias.
    compared: (first.trainableWeights[1] as unknown as { val: tf.Variable }).val,
    reset() {
      const set = (layer: Layer, tensors: tf.Tensor[]) => {
        layer.setWeights(tensors);
        for (const tensor of tensors) tensor.dispose();
      };
      if (encoding) set(encoding, cellTensors(weights, "encoder.", "_l0", "LSTM"));
      built.forEach((layer, i) => {
        const tensors = tensorsOf(parts[i] as Part, i, weights);
        if (layer && tensors.length > 0) set(layer, tensors);
      });
    },
  };
}
