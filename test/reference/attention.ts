import { array, type NdArray } from "./array.ts";

export interface AttentionOptions {
  readonly causal?: boolean;
  readonly scale?: number;
  readonly alibi?: boolean;
  readonly lengths?: NdArray | undefined;
  /** [batch or 1, heads or 1, queries, keys]; a key is seen where it is not 0. */
  readonly mask?: NdArray | undefined;
  /** [heads or 1, queries, keys] or with a batch axis before. */
  readonly bias?: NdArray | undefined;
  /** [batch, heads, queries, keys]: factors of the weights, as dropout has them. */
  readonly factors?: NdArray | undefined;
}

/** Element of a tensor that stands for all batches, or all heads, where its extent is 1. */
function at(x: NdArray, b: number, h: number, i: number, j: number): number {
  const [batch, heads, queries, keys] = [1, ...x.shape].slice(-4) as [number, number, number, number];
  const row = ((batch === 1 ? 0 : b) * heads + (heads === 1 ? 0 : h)) * queries + i;
  return x.data[row * keys + j] as number;
}

/** Slopes of ALiBi by its authors' rule. */
export function alibiSlopes(heads: number): number[] {
  const powerOfTwo = (n: number) => Array.from({ length: n }, (_, i) => 2 ** (-(8 / n) * (i + 1)));
  const below = 2 ** Math.floor(Math.log2(heads));
  const more = powerOfTwo(2 * below).filter((_, i) => i % 2 === 0);
  return [...powerOfTwo(below), ...more.slice(0, heads - below)];
}

/** Weights and results of scaled dot-product attention, one query after the other. */
export function attention(q: NdArray, k: NdArray, v: NdArray, options: AttentionOptions = {}) {
  const [batch, heads, queries, dim] = q.shape as [number, number, number, number];
  const [, kvHeads, keys] = k.shape as [number, number, number];
  const { causal, scale = 1 / Math.sqrt(dim), alibi, lengths, mask, bias, factors } = options;
  const slopes = alibiSlopes(heads);
  const weights = new Float64Array(batch * heads * queries * keys);
  const y = new Float64Array(q.data.length);
  for (let row = 0; row < batch * heads * queries; row++) {
    const [b, h, i] = [Math.floor(row / heads / queries), Math.floor(row / queries) % heads, row % queries];
    const first = (b * kvHeads + Math.floor((h * kvHeads) / heads)) * keys;
    const scores: [key: number, score: number][] = [];
    for (let j = 0; j < keys; j++) {
      if (causal && j > i + keys - queries) continue;
      if (lengths && j >= (lengths.data[b] as number)) continue;
      if (mask && at(mask, b, h, i, j) === 0) continue;
      let score = 0;
      for (let d = 0; d < dim; d++)
        score += (q.data[row * dim + d] as number) * (k.data[(first + j) * dim + d] as number);
      score *= scale;
      if (bias) score += at(bias, b, h, i, j);
      if (alibi) score -= (slopes[h] as number) * Math.abs(i + keys - queries - j);
      scores.push([j, score]);
    }
    const largest = Math.max(...scores.map(([, score]) => score));
    const total = scores.reduce((sum, [, score]) => sum + Math.exp(score - largest), 0);
    for (const [j, score] of scores) {
      const weight = (Math.exp(score - largest) / total) * (factors ? at(factors, b, h, i, j) : 1);
      weights[row * keys + j] = weight;
      for (let d = 0; d < dim; d++) {
        y[row * dim + d] = (y[row * dim + d] as number) + weight * (v.data[(first + j) * dim + d] as number);
      }
    }
  }
  return { y: array(q.shape, y), weights: array([batch, heads, queries, keys], weights) };
}

/** Rotary positions. */
export function rope(
  x: NdArray,
  { base = 10_000, offset = 0, interleaved = false }: { base?: number; offset?: number; interleaved?: boolean } = {},
): NdArray {
  const [length, dim] = x.shape.slice(-2) as [number, number];
  const y = new Float64Array(x.data.length);
  for (let row = 0; row < x.data.length / dim; row++) {
    for (let i = 0; i < dim / 2; i++) {
      const angle = ((row % length) + offset) * base ** ((-2 * i) / dim);
      const [a, b] = interleaved ? [2 * i, 2 * i + 1] : [i, i + dim / 2];
      const [p, r] = [x.data[row * dim + a] as number, x.data[row * dim + b] as number];
      y[row * dim + a] = p * Math.cos(angle) - r * Math.sin(angle);
      y[row * dim + b] = r * Math.cos(angle) + p * Math.sin(angle);
    }
  }
  return array(x.shape, y);
}
