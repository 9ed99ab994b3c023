import { array, type NdArray } from "./array.ts";

export interface AttentionOptions {
  readonly causal?: boolean | "upper-left";
  readonly scale?: number;
  readonly softcap?: number;
  readonly alibi?: boolean;
  readonly lengths?: NdArray | undefined;
  /** [batch or 1, heads or 1, queries, keys]; a key is seen where it is not 0. */
  readonly mask?: NdArray | undefined;
  /** [heads or 1, queries, keys] or with a batch axis before; −10³⁰ or less hides. */
  readonly bias?: NdArray | undefined;
  /** [batch, heads, queries, keys]: factors of the weights, as dropout has them. */
  readonly factors?: NdArray | undefined;
}

/** Element of a tensor that stands for all batches, or all heads, where its extent is 1. */
const at = (x: NdArray, b: number, h: number, i: number, j: number): number => x.data[indexOf(x, b, h, i, j)] as number;

function indexOf({ shape }: NdArray, b: number, h: number, i: number, j: number): number {
  const rank = shape.length;
  const batch = rank === 4 ? (shape[0] as number) : 1;
  const [heads, queries, keys] = [shape[rank - 3], shape[rank - 2], shape[rank - 1]] as [number, number, number];
  return (((batch === 1 ? 0 : b) * heads + (heads === 1 ? 0 : h)) * queries + i) * keys + j;
}

/** Slopes of ALiBi by its authors' rule. */
export function alibiSlopes(heads: number): number[] {
  const powerOfTwo = (n: number) => Array.from({ length: n }, (_, i) => 2 ** (-(8 / n) * (i + 1)));
  const below = 2 ** Math.floor(Math.log2(heads));
  const more = powerOfTwo(2 * below).filter((_, i) => i % 2 === 0);
  return [...powerOfTwo(below), ...more.slice(0, heads - below)];
}

/** The keys that one query sees, in order, and their scores. */
interface Scores {
  readonly keys: Int32Array;
  readonly scores: Float64Array;
}

function scoresOf(
  q: NdArray,
  k: NdArray,
  row: number,
  { causal, scale, softcap, alibi, lengths, mask, bias }: AttentionOptions,
): Scores {
  const [, heads, queries, dim] = q.shape as [number, number, number, number];
  const [, kvHeads, keys] = k.shape as [number, number, number];
  const [b, h, i] = [Math.floor(row / heads / queries), Math.floor(row / queries) % heads, row % queries];
  const first = (b * kvHeads + Math.floor((h * kvHeads) / heads)) * keys;
  const place = i + (causal === "upper-left" ? 0 : keys - queries);
  const slope = alibi ? (alibiSlopes(heads)[h] as number) : 0;
  const seen = new Int32Array(keys);
  const scores = new Float64Array(keys);
  let count = 0;
  for (let j = 0; j < keys; j++) {
    if (causal && j > place) continue;
    if (lengths && j >= (lengths.data[b] as number)) continue;
    if (mask && at(mask, b, h, i, j) === 0) continue;
    if (bias && at(bias, b, h, i, j) <= -1e30) continue;
    let score = 0;
    for (let d = 0; d < dim; d++)
      score += (q.data[row * dim + d] as number) * (k.data[(first + j) * dim + d] as number);
    score *= scale ?? 1 / Math.sqrt(dim);
    if (softcap) score = softcap * Math.tanh(score / softcap);
    if (bias) score += at(bias, b, h, i, j);
    if (alibi) score -= slope * Math.abs(place - j);
    seen[count] = j;
    scores[count++] = score;
  }
  return { keys: seen.subarray(0, count), scores: scores.subarray(0, count) };
}

/** Weights and results of scaled dot-product attention, one query after the other. NaN and infinities go by IEEE 754. */
export function attention(q: NdArray, k: NdArray, v: NdArray, options: AttentionOptions = {}) {
  const [batch, heads, queries] = q.shape as [number, number, number];
  const [, kvHeads, keys, dim] = v.shape as [number, number, number, number];
  const { factors } = options;
  const weights = new Float64Array(batch * heads * queries * keys);
  const y = new Float64Array(batch * heads * queries * dim);
  for (let row = 0; row < batch * heads * queries; row++) {
    const [b, h, i] = [Math.floor(row / heads / queries), Math.floor(row / queries) % heads, row % queries];
    const first = (b * kvHeads + Math.floor((h * kvHeads) / heads)) * keys;
    const { keys: seen, scores } = scoresOf(q, k, row, options);
    const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
    const exponentials = scores.map((score) => Math.exp(score - largest));
    const total = exponentials.reduce((sum, e) => sum + e, 0);
    for (let n = 0; n < seen.length; n++) {
      const j = seen[n] as number;
      const weight = ((exponentials[n] as number) / total) * (factors ? at(factors, b, h, i, j) : 1);
      weights[row * keys + j] = weight;
      for (let d = 0; d < dim; d++) {
        y[row * dim + d] = (y[row * dim + d] as number) + weight * (v.data[(first + j) * dim + d] as number);
      }
    }
  }
  return { y: array([batch, heads, queries, dim], y), weights: array([batch, heads, queries, keys], weights) };
}

/** Gradients of Σ g · y, over the pairs that are seen. NaN and infinities go by IEEE 754. */
export function attentionGradients(q: NdArray, k: NdArray, v: NdArray, g: NdArray, options: AttentionOptions = {}) {
  const { y, weights } = attention(q, k, v, options);
  const [, heads, queries, dim] = q.shape as [number, number, number, number];
  const [, kvHeads, keys, valueDim] = v.shape as [number, number, number, number];
  const { scale = 1 / Math.sqrt(dim), softcap, bias } = options;
  const [dQ, dK, dV] = [q, k, v].map((x) => new Float64Array(x.data.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const dBias = new Float64Array(bias?.data.length ?? 0);
  const dot = (a: NdArray, m: number, b: NdArray, n: number, width: number) => {
    let sum = 0;
    for (let d = 0; d < width; d++) sum += (a.data[m * width + d] as number) * (b.data[n * width + d] as number);
    return sum;
  };
  const addTo = (to: Float64Array, m: number, factor: number, x: NdArray, n: number, width: number) => {
    for (let d = 0; d < width; d++)
      to[m * width + d] = (to[m * width + d] as number) + factor * (x.data[n * width + d] as number);
  };
  for (let row = 0; row < q.data.length / dim; row++) {
    const [b, h, i] = [Math.floor(row / heads / queries), Math.floor(row / queries) % heads, row % queries];
    const first = (b * kvHeads + Math.floor((h * kvHeads) / heads)) * keys;
    const delta = dot(g, row, y, row, valueDim);
    for (const j of scoresOf(q, k, row, options).keys) {
      const weight = weights.data[row * keys + j] as number;
      const dScore = weight * (dot(g, row, v, first + j, valueDim) - delta);
      const t = softcap ? Math.tanh((scale * dot(q, row, k, first + j, dim)) / softcap) : 0;
      const dDot = dScore * scale * (1 - t * t);
      addTo(dV, first + j, weight, g, row, valueDim);
      addTo(dQ, row, dDot, k, first + j, dim);
      addTo(dK, first + j, dDot, q, row, dim);
      if (bias) {
        const n = indexOf(bias, b, h, i, j);
        dBias[n] = (dBias[n] as number) + dScore;
      }
    }
  }
  return { y, dQ: array(q.shape, dQ), dK: array(k.shape, dK), dV: array(v.shape, dV), dBias };
}

/** Rotary positions. */
export function rope(
  x: NdArray,
  {
    base = 10_000,
    offset = 0,
    interleaved = false,
    rotaryDim = x.shape.at(-1) as number,
    positions,
  }: { base?: number; offset?: number; interleaved?: boolean; rotaryDim?: number; positions?: NdArray } = {},
): NdArray {
  const [length, dim] = x.shape.slice(-2) as [number, number];
  const y = Float64Array.from(x.data);
  const rows = x.data.length / dim;
  // rows of x that one row of positions serves
  const shared = positions ? rows / (positions.data.length / length) : 1;
  for (let row = 0; row < rows; row++) {
    const given = positions?.data[Math.floor(row / shared) * length + (row % length)];
    const place = given ?? (row % length) + offset;
    for (let i = 0; i < rotaryDim / 2; i++) {
      const angle = place * base ** ((-2 * i) / rotaryDim);
      const [a, b] = interleaved ? [2 * i, 2 * i + 1] : [i, i + rotaryDim / 2];
      const [p, r] = [x.data[row * dim + a] as number, x.data[row * dim + b] as number];
      y[row * dim + a] = p * Math.cos(angle) - r * Math.sin(angle);
      y[row * dim + b] = r * Math.cos(angle) + p * Math.sin(angle);
    }
  }
  return array(x.shape, y);
}
