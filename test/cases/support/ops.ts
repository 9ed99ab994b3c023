import type { Value } from "../../../src/index.ts";
import * as seqgrad from "../../../src/index.ts";
import { ctcLosses } from "../../../src/ops/alignment/ctc.ts";
import { rnntLosses } from "../../../src/ops/alignment/rnnt.ts";
import type { NdArray } from "../../reference/array.ts";
import * as reference from "../../reference/index.ts";

type Axes = number | readonly number[];
type Unary<T> = (x: T) => T;
type Binary<T> = (a: T | number, b: T | number) => T;

/** seqgrad's operations over T: its own values, or the oracle's arrays. What is written once runs on both. */
export interface Ops<T> {
  readonly abs: Unary<T>;
  readonly sign: Unary<T>;
  readonly exp: Unary<T>;
  readonly log: Unary<T>;
  readonly sqrt: Unary<T>;
  readonly rsqrt: Unary<T>;
  readonly reciprocal: Unary<T>;
  readonly square: Unary<T>;
  readonly sin: Unary<T>;
  readonly cos: Unary<T>;
  readonly tanh: Unary<T>;
  readonly sigmoid: Unary<T>;
  readonly relu: Unary<T>;
  readonly softplus: Unary<T>;
  readonly silu: Unary<T>;
  readonly neg: Unary<T>;
  hardSigmoid(x: T, alpha?: number, beta?: number): T;
  leakyRelu(x: T, slope?: number): T;
  elu(x: T, alpha?: number): T;
  gelu(x: T, approximate?: "none" | "tanh"): T;
  clamp(x: T, low: number, high: number): T;

  readonly add: Binary<T>;
  readonly sub: Binary<T>;
  readonly mul: Binary<T>;
  readonly div: Binary<T>;
  readonly pow: Binary<T>;
  readonly maximum: Binary<T>;
  readonly minimum: Binary<T>;
  readonly equal: Binary<T>;
  readonly less: Binary<T>;
  readonly lessEqual: Binary<T>;
  readonly greater: Binary<T>;
  readonly greaterEqual: Binary<T>;
  select(condition: T, a: T | number, b: T | number): T;

  reshape(x: T, shape: readonly number[]): T;
  permute(x: T, order: readonly number[]): T;
  squeeze(x: T, axes?: Axes): T;
  transpose(x: T, axis1?: number, axis2?: number): T;
  slice(x: T, axis: number, start: number, end?: number): T;
  split(x: T, parts: number | readonly number[], axis?: number): T[];
  concat(values: readonly T[], axis?: number): T;
  stack(values: readonly T[], axis?: number): T;
  flip(x: T, axis: number): T;
  broadcastTo(x: T, shape: readonly number[]): T;
  full(shape: readonly number[], value: number): T;
  zeros(shape: readonly number[]): T;

  sum(x: T, axes?: Axes, options?: { keepDims?: boolean }): T;
  mean(x: T, axes?: Axes, options?: { keepDims?: boolean }): T;
  max(x: T, axes?: Axes, options?: { keepDims?: boolean }): T;
  min(x: T, axes?: Axes, options?: { keepDims?: boolean }): T;
  cumsum(x: T, axis?: number, options?: { exclusive?: boolean; reverse?: boolean }): T;
  layerNorm(x: T, weight?: T, bias?: T, epsilon?: number): T;
  softmax(x: T, axis?: number): T;
  logSoftmax(x: T, axis?: number): T;
  crossEntropy(logits: T, targets: T, options?: ClassChoice<T>): T;
  negativeLogLikelihood(logs: T, targets: T, options?: Omit<ClassChoice<T>, "labelSmoothing">): T;
  /** Of each row; `losses.ctc` is their mean. */
  ctcLosses(logits: T, targets: T, options?: AlignmentChoice<T>): T;
  rnntLosses(logits: T, targets: T, options?: AlignmentChoice<T>): T;
  meanSquaredError(a: T, b: T, options?: LossChoice<T>): T;
  meanAbsoluteError(a: T, b: T, options?: LossChoice<T>): T;
  huber(a: T, b: T, options?: LossChoice<T> & { delta?: number }): T;
  quantile(a: T, b: T, options?: LossChoice<T> & { quantile?: number }): T;
  binaryCrossEntropy(
    logits: T,
    targets: T,
    options?: LossChoice<T> & { positiveWeight?: number; labelSmoothing?: number },
  ): T;
  hinge(a: T, b: T, options?: LossChoice<T> & { margin?: number }): T;
  klDivergence(a: T, b: T, options?: LossChoice<T> & { logTargets?: boolean }): T;
  cosineDistance(a: T, b: T, options?: LossChoice<T>): T;
  /** To float32. */
  floats(x: T): T;

  matmul(a: T, b: T, options?: { transposeA?: boolean; transposeB?: boolean; bias?: T }): T;
  linear(x: T, weight: T, bias?: T): T;
  take(x: T, indices: T, axis?: number): T;
  takeAlongAxis(x: T, indices: T, axis?: number): T;
  topk(x: T, k: number, axis?: number): { values: T; indices: T };
  oneHot(indices: T, classes: number): T;
  embedding(indices: T, table: T): T;
  lstm(projected: T, weight: T, h0: T, c0: T, options?: { reverse?: boolean }): { outputs: T; h: T; c: T };
  /** `nn.LSTM` with these parameters: x [B, T, I], states [L, B, H]. */
  lstmLayers(x: T, layers: readonly LayerParameters<T>[], h0?: T, c0?: T): { outputs: T; h: T; c: T };
  scan(
    xs: readonly T[],
    initial: readonly T[],
    cell: (carry: Args<T>, x: Args<T>) => readonly [readonly T[], readonly T[]],
    options?: { reverse?: boolean; checkpointEvery?: number },
  ): [final: readonly T[], outputs: readonly T[]];
  checkpoint(fn: (...x: T[]) => T, ...x: readonly T[]): T;
  /** The oracle's numbers stay as they are: take such as 16 bits hold. */
  toFloat16(x: T): T;
}

/** weight_ih, weight_hh, and bias_ih, bias_hh or none. */
export type LayerParameters<T> = readonly [weightIh: T, weightHh: T, biasIh?: T, biasHh?: T];

/** Some values; typed so that taking them apart needs no checks. */
export type Args<T> = readonly [T, T, T, T, T, T, ...T[]];

/** Which losses count, and what becomes of them. */
export interface LossChoice<T> {
  readonly weights?: T;
  readonly reduction?: "mean" | "sum" | "none";
}

export interface ClassChoice<T> extends LossChoice<T> {
  readonly classWeights?: T;
  readonly ignoreIndex?: number;
  readonly labelSmoothing?: number;
}

export interface AlignmentChoice<T> {
  readonly lengths?: T | undefined;
  readonly targetLengths?: T | undefined;
  readonly blank?: number;
  readonly zeroInfinity?: boolean;
}

/** Something written once for seqgrad and for the oracle. What is put through `hold` on its way is differentiated for, too. */
export type Program = <T>(o: Ops<T>, x: Args<T>, hold: (value: T) => T) => T | readonly T[];

/** The module with values in place of its parameters, so that they can be inputs like all others. */
function lstmLayers(x: Value, layers: readonly LayerParameters<Value>[], h0?: Value, c0?: Value) {
  const [, weightHh, bias] = layers[0] as LayerParameters<Value>;
  const options = { numLayers: layers.length, bias: bias !== undefined };
  const module = new seqgrad.nn.LSTM(x.shape[2] as number, weightHh.shape[1] as number, options);
  for (const [i, [weightIh, weightHh, biasIh, biasHh]] of layers.entries()) {
    const fields = { [`weight_ih_l${i}`]: weightIh, [`weight_hh_l${i}`]: weightHh };
    Object.assign(module, fields, biasIh ? { [`bias_ih_l${i}`]: biasIh, [`bias_hh_l${i}`]: biasHh } : {});
  }
  const [outputs, state] = module.forward(x, h0 && c0 ? { h: h0, c: c0 } : undefined);
  return { outputs, ...state };
}

export const engine = {
  ...seqgrad,
  ...seqgrad.losses,
  ctcLosses,
  rnntLosses,
  floats: (x: Value) => seqgrad.cast(x, "float32"),
  lstmLayers,
} as unknown as Ops<Value>;
export const oracle = {
  ...reference,
  floats: (x: NdArray): NdArray => ({ ...x, dtype: "float32" }),
  toFloat16: (x: NdArray) => x,
  checkpoint: (fn: (...x: NdArray[]) => NdArray, ...x: readonly NdArray[]) => fn(...x),
} as unknown as Ops<NdArray>;

export const listOf = <T>(result: T | readonly T[]): readonly T[] =>
  Array.isArray(result) ? (result as readonly T[]) : [result as T];
