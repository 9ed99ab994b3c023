/** Between PyTorch's layouts and Keras's. */
import type { Weight, Weights } from "../../cases/data.ts";
import type { CellName } from "../../cases/work.ts";
import { transposed } from "../layout.ts";
import { tf } from "./library.ts";

/** Blocks of rows in Keras's order, z r h, are our r z n with the first two exchanged; it is its own inverse. LSTMs agree. */
export function exchangeGates(data: ArrayLike<number>, cell: CellName): Float32Array {
  const from = Float32Array.from(data);
  if (cell === "LSTM") return from;
  const block = from.length / 3;
  const result = from.slice();
  result.set(from.subarray(block, 2 * block), 0);
  result.set(from.subarray(0, block), block);
  return result;
}

const find = (weights: Weights, name: string): Weight => {
  const found = weights.get(name);
  if (!found) throw new Error(`no weight ${name}`);
  return found;
};

/** Kernel, recurrent kernel and bias of one direction. */
export function cellTensors(weights: Weights, prefix: string, suffix: string, cell: CellName): tf.Tensor[] {
  const kernels = ["weight_ih", "weight_hh"].map((name) => {
    const { shape, data } = find(weights, `${prefix}${name}${suffix}`);
    const [rows, columns] = shape as [number, number];
    return tf.tensor(transposed(exchangeGates(data, cell), rows, columns), [columns, rows]);
  });
  const bias = find(weights, `${prefix}bias_ih${suffix}`);
  return [...kernels, tf.tensor(exchangeGates(bias.data, cell), [...bias.shape])];
}

export function denseTensors(weights: Weights, prefix: string): tf.Tensor[] {
  const { shape, data } = find(weights, `${prefix}weight`);
  const [rows, columns] = shape as [number, number];
  const bias = find(weights, `${prefix}bias`);
  return [tf.tensor(transposed(data, rows, columns), [columns, rows]), tf.tensor(bias.data, [...bias.shape])];
}

export const plainTensors = (weights: Weights, name: string): tf.Tensor[] => {
  const { shape, data } = find(weights, name);
  return [tf.tensor(data, [...shape])];
};
