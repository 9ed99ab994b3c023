/** Weights and inputs of cases: the same for every engine, from the names of what they are. */
import { isRecurrent } from "./parts.ts";
import { type AttentionWork, type CellName, type ForwardWork, gatesOf, type TrainingWork } from "./work.ts";

export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}
/** By PyTorch's names, in PyTorch's layouts. */
export type Weights = Map<string, Weight>;

const size = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** Numbers in [0, 1), by a name (mulberry32). */
export function randomOf(name: string): () => number {
  let state = 2166136261;
  for (const letter of name) state = Math.imul(state ^ letter.charCodeAt(0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function uniformData(name: string, shape: readonly number[], bound = 1): Float32Array<ArrayBuffer> {
  const random = randomOf(name);
  const data = new Float32Array(size(shape));
  for (let i = 0; i < data.length; i++) data[i] = (2 * random() - 1) * bound;
  return data;
}

export function integerData(name: string, shape: readonly number[], below: number): Int32Array<ArrayBuffer> {
  const random = randomOf(name);
  const data = new Int32Array(size(shape));
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(random() * below);
  return data;
}

export function oneHot(indices: Int32Array, classes: number): Float32Array<ArrayBuffer> {
  const data = new Float32Array(indices.length * classes);
  indices.forEach((index, i) => {
    data[i * classes + index] = 1;
  });
  return data;
}

const weight = (into: Weights, name: string, shape: readonly number[], bound: number) =>
  into.set(name, { shape, data: uniformData(name, shape, bound) });

/** Weights of one direction. Only one bias is other than zero: not every engine has two. */
function addCell(into: Weights, prefix: string, suffix: string, cell: CellName, input: number, hidden: number) {
  const rows = gatesOf[cell] * hidden;
  const bound = 1 / Math.sqrt(hidden);
  weight(into, `${prefix}weight_ih${suffix}`, [rows, input], bound);
  weight(into, `${prefix}weight_hh${suffix}`, [rows, hidden], bound);
  weight(into, `${prefix}bias_ih${suffix}`, [rows], bound);
  into.set(`${prefix}bias_hh${suffix}`, { shape: [rows], data: new Float32Array(rows) });
}

export function trainingWeights({ parts, encoder }: TrainingWork): Weights {
  const weights: Weights = new Map();
  if (encoder) addCell(weights, "encoder.", "_l0", "LSTM", encoder.features, encoder.hidden);
  parts.forEach((part, i) => {
    const prefix = `parts.${i}.`;
    if (isRecurrent(part)) {
      addCell(weights, prefix, "_l0", part.type, part.input, part.hidden);
      if (part.bidirectional) addCell(weights, prefix, "_l0_reverse", part.type, part.input, part.hidden);
    } else if (part.type === "Dense") {
      const bound = 1 / Math.sqrt(part.input);
      weight(weights, `${prefix}weight`, [part.size, part.input], bound);
      weight(weights, `${prefix}bias`, [part.size], bound);
    } else if (part.type === "Embedding") {
      weight(weights, `${prefix}weight`, [part.entries, part.features], 1);
    }
  });
  return weights;
}

export function forwardWeights({ cell, hidden, layers }: ForwardWork): Weights {
  const weights: Weights = new Map();
  for (let layer = 0; layer < layers; layer++) addCell(weights, "", `_l${layer}`, cell, hidden, hidden);
  return weights;
}

export interface TrainingData {
  readonly x: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
  readonly source?: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>;
}

/** Number of classes of a cross-entropy: what the last dense part gives. */
export function classesOf({ parts }: TrainingWork): number {
  const last = parts.at(-1);
  if (last?.type !== "Dense") throw new Error("cross-entropy wants a dense part at the end");
  return last.size;
}

export function trainingData(work: TrainingWork): TrainingData {
  const { batch, time, input, encoder, loss, targets } = work;
  const indices = () => integerData("x", [batch, time], input.features);
  const x =
    input.form === "indices"
      ? indices()
      : input.form === "oneHot"
        ? oneHot(indices(), input.features)
        : uniformData("x", [batch, time, input.features]);
  const y =
    loss === "crossEntropy"
      ? integerData("y", targets, classesOf(work))
      : loss === "binary"
        ? Float32Array.from(integerData("y", targets, 2))
        : uniformData("y", targets);
  const source = encoder && oneHot(integerData("source", [batch, encoder.time], encoder.features), encoder.features);
  return { x, y, ...(source ? { source } : {}) };
}

/** The weight whose gradient engines compare. */
export const comparedWeight = ({ parts }: TrainingWork): string => `parts.${parts.findIndex(isRecurrent)}.weight_hh_l0`;

/** q, k, v, each [batch, heads, length, dim], and by what the result is multiplied before it is summed up. */
export function attentionData({
  batch,
  heads,
  length,
  dim,
}: AttentionWork): Record<"q" | "k" | "v" | "g", Float32Array> {
  const data = (name: string, bound: number) => uniformData(name, [batch, heads, length, dim], bound);
  return { q: data("q", 2), k: data("k", 2), v: data("v", 1), g: data("g", 1) };
}
