/** The functions that random programs call: seqgrad's, and the same in float64. */

import type { nn, Value } from "../../src/index.ts";
import * as seqgrad from "../../src/index.ts";
import { oracle as arrays, type Ops, engine as operations } from "../cases/support/ops.ts";
import { layerOf, replaceParameters, runLayer } from "../cases/support/recurrent-layers.ts";
import { map, type NdArray } from "../reference/array.ts";
import { attention, rope } from "../reference/attention.ts";
import { gelu, mul, relu, sigmoid, silu } from "../reference/elementwise.ts";
import { split } from "../reference/layout.ts";
import { maskSteps, reverseSequence } from "../reference/recurrent/gated.ts";
import { type CellKind, recurrentLayers } from "../reference/recurrent/layers.ts";
import { linearScan } from "../reference/recurrent/linear-scan.ts";
import { minimalLayers } from "../reference/recurrent/minimal.ts";
import { maskedSoftmax } from "../reference/reduce.ts";
import { countedSteps, deviationOfBatch, type LayerOps, layerOracles, layers } from "./layers.ts";
import { type AlignmentOps, alignmentOracles, alignments } from "./losses.ts";

export interface FuzzOps<T> extends Ops<T>, LayerOps<T>, AlignmentOps<T> {
  checkpointed(fn: (...x: T[]) => T[], ...x: readonly T[]): readonly T[];
  rmsNorm(x: T, weight?: T, epsilon?: number): T;
  maskedSoftmax(x: T, mask: T, axis?: number): T;
  glu(x: T, gate?: string): T;
  argmax(x: T, axis?: number): T;
  /** `topk`: [values, indices]. */
  largest(x: T, k: number, axis: number): T[];
  /** Neighbours turn together, or each with one of the other half. */
  turned(x: T, neighbours: boolean): T;
  linearScan(a: T, b: T, h0: T, options?: object): T;
  /** Stored in 16 bits, of numbers that these hold exactly. */
  toFloat16(x: T): T;
  maskSteps(x: T, lengths: T): T;
  reverseSequence(x: T, lengths: T): T;
  scaledDotProductAttention(q: T, k: T, v: T, options?: object): T;
  /** `lstm`: [outputs, h, c]. */
  lstmStates(projected: T, weight: T, h0: T, c0: T, options?: object): T[];
  /** `nn.RNN`, `nn.GRU` or `nn.LSTM` with values in place of parameters, in their order: [outputs, states…]. */
  layer(kind: CellKind, options: object, x: T, parameters: readonly T[], run: { lengths?: T; h?: T; c?: T }): T[];
  /** `nn.MinGRU` or `nn.MinLSTM` of one layer: [outputs, state]. */
  minimalLayer(kind: "MinGRU" | "MinLSTM", activation: string, x: T, weight: T, bias: T): T[];
}

/** The parameters' names and shapes. */
export function parametersOf(kind: CellKind, input: number, hidden: number, options: object) {
  return [...layerOf(kind, input, hidden, options).namedParameters()].map(([name, { shape }]) => ({ name, shape }));
}

const picked = <T>({ values, indices }: { values: T; indices: T }): T[] => [values, indices];
const statesOf = <T>({ outputs, h, c }: { outputs: T; h: T; c: T }): T[] => [outputs, h, c];

export const engine: FuzzOps<Value> = {
  ...(seqgrad as unknown as FuzzOps<Value>),
  ...operations,
  ...layers,
  ...alignments,
  checkpointed: (fn, ...x) => seqgrad.checkpoint(fn, ...x),
  turned: (x, neighbours) => seqgrad.rope(x, { pairs: neighbours ? "interleaved" : "half" }),
  largest: (...args) => picked(operations.topk(...args)),
  lstmStates: (...args) => statesOf(operations.lstm(...args)),
  layer(kind, options, x, parameters, { lengths, h, c }) {
    const own = layerOf(kind, x.shape[2] as number, hiddenOf(kind, (parameters[1] as Value).shape), options);
    replaceParameters(own, parameters);
    const states = h && { h, ...(c ? { c } : {}) };
    const { outputs, states: last } = runLayer(own, x, states, lengths ? { lengths } : {});
    return [outputs, ...Object.values(last)];
  },
  minimalLayer(kind, activation, x, weight, bias) {
    const hidden = (weight.shape[0] as number) / (kind === "MinGRU" ? 2 : 3);
    const own = new seqgrad.nn[kind](x.shape[2] as number, hidden, { activation: activation as nn.MinimalActivation });
    replaceParameters(own, [weight, bias]);
    return own.forward(x);
  },
};

/** Of weight_hh [gates · hidden, …]. */
const hiddenOf = (kind: CellKind, [rows = 0]: readonly number[]): number => rows / { RNN: 1, GRU: 3, LSTM: 4 }[kind];

const gates: Readonly<Record<string, (x: NdArray) => NdArray>> = {
  sigmoid,
  relu,
  gelu: (x) => gelu(x),
  silu,
  identity: (x) => x,
};

export const oracle: FuzzOps<NdArray> = {
  ...arrays,
  ...layerOracles,
  ...alignmentOracles,
  checkpointed: (fn, ...x) => fn(...x),
  rmsNorm: (arrays as FuzzOps<NdArray>).rmsNorm,
  maskedSoftmax,
  toFloat16: (x) => x,
  turned: (x, neighbours) => rope(x, { interleaved: neighbours }),
  linearScan,
  maskSteps,
  reverseSequence,
  glu(x, gate = "sigmoid") {
    const [a, b] = split(x, 2, -1) as [NdArray, NdArray];
    return mul(a, (gates[gate] as (x: NdArray) => NdArray)(b));
  },
  argmax(x, axis = -1) {
    const at = axis < 0 ? axis + x.shape.length : axis;
    const moved = arrays.transpose(x, at, -1);
    const n = moved.shape.at(-1) as number;
    const rows = moved.data.length / n;
    const indices = Float64Array.from({ length: rows }, (_, row) => {
      const values = moved.data.subarray(row * n, (row + 1) * n);
      return values.indexOf(Math.max(...values));
    });
    // the last axis stands where the one is that is gone
    const found: NdArray = { shape: moved.shape.slice(0, -1), data: indices, dtype: "int32" };
    if (at === x.shape.length - 1) return found;
    const order = found.shape.map((_, i) => i).filter((i) => i !== at);
    return arrays.permute(found, [...order, at]);
  },
  scaledDotProductAttention: (q, k, v, options) => attention(q, k, v, options).y,
  largest: (...args) => picked(arrays.topk(...args)),
  lstmStates: (...args) => statesOf(arrays.lstm(...args)),
  layer(kind, options, x, parameters, { lengths, h, c }) {
    const hidden = hiddenOf(kind, (parameters[1] as NdArray).shape);
    const named = parametersOf(kind, x.shape[2] as number, hidden, options);
    const byName = Object.fromEntries(named.map(({ name }, i) => [name, parameters[i]]));
    const states = h && { h, ...(c ? { c } : {}) };
    const result = recurrentLayers(kind, options, x, byName, { lengths, states });
    return [result.outputs, ...Object.values(result.states)];
  },
  minimalLayer(kind, activation, x, weight, bias) {
    return minimalLayers(kind === "MinGRU" ? "gru" : "lstm", activation as "g", x, [[weight, bias]]);
  },
} as FuzzOps<NdArray>;

/** Distances to the places where a function has a kink or a jump, or leaves its domain; they must not be small. */
export type Margins = (distance: number) => void;

const smallest = (x: NdArray): number =>
  x.data.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
const far = (x: NdArray): number => smallest(map(x, Math.abs));

/** The least distance between the two largest numbers of a row, over an axis. */
function lead(x: NdArray, axes: number | readonly number[] | undefined, sign: 1 | -1): number {
  const spread = (value: NdArray) =>
    sign === 1 ? arrays.max(value, axes, { keepDims: true }) : arrays.min(value, axes, { keepDims: true });
  const distances = map(arrays.sub(x, spread(x)), Math.abs);
  const zeros = arrays.sum(
    map(distances, (d) => Number(d === 0)),
    axes,
  );
  if (zeros.data.some((count) => count > 1)) return 0;
  return smallest(map(distances, (d) => (d === 0 ? Number.POSITIVE_INFINITY : d)));
}

/** The least distance between numbers of a line of which one is among the k largest. */
function apartFromNext(x: NdArray, k: number, axis: number): number {
  const n = x.shape.at(axis) as number;
  if (n === 1) return Number.POSITIVE_INFINITY;
  const many = Math.min(k + 1, n);
  const { values } = arrays.topk(x, many, axis);
  const at = axis < 0 ? axis + x.shape.length : axis;
  return smallest(arrays.sub(arrays.slice(values, at, 0, many - 1), arrays.slice(values, at, 1)));
}

/** The oracle, which tells how near to its kinks each call comes. */
export function watched(note: Margins): FuzzOps<NdArray> {
  const o = oracle;
  type F = (...args: never[]) => unknown;
  const before =
    <A extends readonly unknown[], R>(f: (...args: A) => R, look: (...args: A) => number) =>
    (...args: A): R => {
      note(look(...args));
      return f(...args);
    };
  const arrayOf = (x: NdArray | number): NdArray => (typeof x === "number" ? arrays.full([], x) : x);
  const apart = (a: NdArray | number, b: NdArray | number) => far(o.sub(arrayOf(a), arrayOf(b)));
  const deviation = (x: NdArray, about: NdArray | number) => smallest(o.sqrt(o.mean(o.square(o.sub(x, about)), -1)));
  const positive = (x: NdArray) => smallest(x) - 0.1;
  const kinks: Record<string, F> = {
    abs: before(o.abs, far),
    sign: before(o.sign, far),
    relu: before(o.relu, far),
    leakyRelu: before(o.leakyRelu, far),
    elu: before(o.elu, far),
    clamp: before(o.clamp, (x, low, high) => Math.min(far(o.sub(x, low)), far(o.sub(x, high)))),
    hardSigmoid: before(o.hardSigmoid, (x) => Math.min(far(o.sub(x, 3)), far(o.add(x, 3)))),
    maximum: before(o.maximum, apart),
    minimum: before(o.minimum, apart),
    less: before(o.less, apart),
    lessEqual: before(o.lessEqual, apart),
    greater: before(o.greater, apart),
    greaterEqual: before(o.greaterEqual, apart),
    max: before(o.max, (x, axes) => lead(x, axes, 1)),
    min: before(o.min, (x, axes) => lead(x, axes, -1)),
    argmax: before(o.argmax, (x, axis = -1) => lead(x, axis, 1)),
    largest: before(o.largest, apartFromNext),
    meanAbsoluteError: before(o.meanAbsoluteError, apart),
    quantile: before(o.quantile, apart),
    hinge: before(o.hinge, (x, y, { margin = 1 } = {}) => far(o.sub(o.mul(x, y), margin))),
    cosineDistance: before(o.cosineDistance, (x, y) => Math.min(deviation(x, 0), deviation(y, 0)) - 0.1),
    batchNorm: before(o.batchNorm, (x, weight, bias, { lengths }) => deviationOfBatch(x, weight, bias, lengths) - 0.1),
    pooled: before(o.pooled, (x, pooling, { lengths }) =>
      pooling === "max" ? lead(countedSteps(x, lengths), 1, 1) : Number.POSITIVE_INFINITY,
    ),
    log: before(o.log, positive),
    sqrt: before(o.sqrt, positive),
    rsqrt: before(o.rsqrt, positive),
    reciprocal: before(o.reciprocal, (x) => far(x) - 0.2),
    div: before(o.div, (_, b) => far(arrayOf(b)) - 0.2),
    pow: before(o.pow, (a) => positive(arrayOf(a))),
    exp: before(o.exp, (x) => 3 + smallest(o.neg(x))),
    layerNorm: before(o.layerNorm, (x) => deviation(x, o.mean(x, -1, { keepDims: true })) - 0.1),
    rmsNorm: before(o.rmsNorm, (x) => deviation(x, 0) - 0.1),
    glu: before(o.glu, (x, gate) => (gate === "relu" ? far((split(x, 2, -1) as [NdArray, NdArray])[1]) : 1)),
  };
  return { ...o, ...kinks } as unknown as FuzzOps<NdArray>;
}
