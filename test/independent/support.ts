// Data and layouts shared by the comparisons with other engines.
import type { Device, nn } from "../../src/node.ts";

/** Numbers in ±scale, the same at every run. */
export function numbers(seed: number, size: number, scale = 1): Float32Array {
  let state = (Math.imul(seed + 1, 0x9e3779b1) + 0x7f4a7c15) >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x3c6ef372) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39) >>> 0;
    return (mixed / 2 ** 31 - 1) * scale;
  });
}

/** Indices below `limit`. */
export const indices = (seed: number, size: number, limit: number): Int32Array =>
  Int32Array.from(numbers(seed, size), (x) => Math.min(limit - 1, Math.floor(((x + 1) / 2) * limit)));

/** Gives every parameter of a model numbers of our own, and says which. */
export function setParameters(device: Device, model: nn.Module, seed: number, scale: number): nn.StateDict {
  const dict: nn.StateDict = new Map();
  for (const [name, { shape }] of model.namedParameters()) {
    const size = shape.reduce((product, extent) => product * extent, 1);
    dict.set(name, { shape, data: numbers(seed + dict.size, size, scale) });
  }
  model.loadStateDict(device, dict);
  return dict;
}

/** [rows, columns] → [columns, rows]. */
export const transposed = (data: ArrayLike<number>, rows: number, columns: number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);

/** [a, b, c] → [b, a, c]. */
export const swapped = (data: ArrayLike<number>, a: number, b: number, c: number): Float32Array =>
  Float32Array.from({ length: a * b * c }, (_, i) => {
    const [row, column, rest] = [Math.floor(i / (a * c)), Math.floor(i / c) % a, i % c];
    return data[(column * b + row) * c + rest] as number;
  });

export const tensorOf = (dict: nn.StateDict, name: string): Float32Array => {
  const entry = dict.get(name);
  if (!entry) throw new Error(`no parameter ${name}`);
  return entry.data;
};
