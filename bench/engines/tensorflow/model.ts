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

function recurrentLayer({ type, hidden, bidirectional, sequences }: RecurrentPart): Layer {
  const options = { ...cell, units: hidden, returnSequences: sequences };
  const layer = type === "LSTM" ? keras.layers.lstm(options) : keras.layers.gru(options);
  return bidirectional ? keras.layers.bidirectional({ layer, mergeMode: "concat" }) : layer;
}

/** softmax(x·memoryᵀ)·memory with x behind it, in layers. */
function dotAttention(x: SymbolicTensor, memory: SymbolicTensor): SymbolicTensor {
  const { dot, activation, concatenate } = keras.layers;
  const scores = dot({ axes: [2, 2] }).apply([x, memory]) as SymbolicTensor;
  const weights = activation({ activation: "softmax" }).apply(scores) as SymbolicTensor;
  const context = dot({ axes: [2, 1] }).apply([weights, memory]) as SymbolicTensor;
  return concatenate({ axis: -1 }).apply([context, x]) as SymbolicTensor;
}

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

export function buildModel(work: TrainingWork, weights: Weights): Model {
  const { time, input, encoder, parts } = work;
  const x = keras.input({ shape: input.form === "indices" ? [time] : [time, input.features] });
  const inputs = [x];
  const built = parts.map(layerOf);
  let memory: SymbolicTensor | undefined;
  let state: SymbolicTensor[] | undefined;
  let encoding: Layer | undefined;
  if (encoder) {
    const source = keras.input({ shape: [encoder.time, encoder.features] });
    inputs.push(source);
    const returnSequences = parts.some(({ type }) => type === "DotAttention");
    encoding = keras.layers.lstm({ ...cell, units: encoder.hidden, returnState: true, returnSequences });
    [memory, ...state] = encoding.apply(source) as [SymbolicTensor, ...SymbolicTensor[]];
  }
  let value = x;
  for (const layer of built) {
    if (!layer) {
      value = dotAttention(value, memory as SymbolicTensor);
      continue;
    }
    value = (state ? layer.apply(value, { initialState: state }) : layer.apply(value)) as SymbolicTensor;
    // the model hands the state over among the inputs, and its layer then refuses to be given it a second time
    if (state) {
      for (const node of layer.inboundNodes) Object.defineProperty(node, "callArgs", { get: () => ({}) });
    }
    state = undefined;
  }
  const model = keras.model({ inputs, outputs: value });
  const first = built[parts.findIndex(isRecurrent)] as Layer;
  return {
    apply: (tensors) =>
      model.apply(tensors.length === 1 ? (tensors[0] as tf.Tensor) : tensors, { training: true }) as tf.Tensor,
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
