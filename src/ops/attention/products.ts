/**
 * Attention as matrix products over a chunk of queries at a time, for software adapters: there a matmul is so much faster than
 * what a fused kernel can do between its exponentials that writing a chunk's scores to memory and reading them back pays. A
 * chunk's scores have a fixed size, so memory still grows linearly with the length.
 */

import type { Lowering, Slot } from "../../graph/lowering.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import * as optimizerKernels from "../../kernels/generated/optimizer.ts";
import * as rowsKernels from "../../kernels/generated/rows.ts";
import { LANES } from "../dispatch/vectors.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { lowerMatmul } from "../matmul/lower.ts";
import { aligned } from "./kernels.ts";
import type { AttentionInputs, AttentionProblem } from "./problem.ts";
import { lowerRestore } from "./restore.ts";

/** Scores of a chunk: 1 MiB of them. */
const CHUNK = 2 ** 18;
/** Rows of a chunk are a multiple of this, so that no matmul has a rest. */
const ROWS = 32;
/** In causal order so many chunks, if they are not too small: each leaves out the keys that none of its queries sees. */
const CAUSAL_CHUNKS = 4;
const CAUSAL_ROWS = 128;
/** Rows that a thread of attention_weights owns in a workgroup. */
const WEIGHTS_WORKGROUP = 4;

/** Some queries of one head, or all queries of several. */
interface Chunk {
  readonly head: number;
  readonly heads: number;
  readonly row: number;
  readonly rows: number;
  /** Keys that any of the queries sees, up to a multiple of four. */
  readonly keys: number;
  /** Keys that the first of the queries sees. */
  readonly seen: number;
}

/** The last queries come first: they see all keys. */
function chunksOf({ batch, heads, queries, keys, causal }: AttentionProblem): Chunk[] {
  const held = Math.max(ROWS, Math.floor(CHUNK / keys / ROWS) * ROWS);
  const quarter = Math.max(CAUSAL_ROWS, Math.ceil(queries / CAUSAL_CHUNKS / ROWS) * ROWS);
  const rows = Math.min(queries, held, causal ? quarter : held);
  const together = rows === queries ? Math.max(1, Math.floor(CHUNK / (queries * keys))) : 1;
  const chunks: Chunk[] = [];
  for (let head = 0; head < batch * heads; head += together) {
    for (let row = Math.floor((queries - 1) / rows) * rows; row >= 0; row -= rows) {
      const count = Math.min(rows, queries - row);
      const seen = causal ? row + 1 + (causal === "upper-left" ? 0 : keys - queries) : keys;
      const last = causal ? seen + count - 1 : keys;
      chunks.push({
        head,
        heads: Math.min(together, batch * heads - head),
        row,
        rows: count,
        keys: Math.min(keys, Math.ceil(last / LANES) * LANES),
        seen,
      });
    }
  }
  return chunks;
}

/** A chunk's part of what has a row for each query of each head. */
const rowsOf = (x: Slot, queries: number, { head, row }: Chunk, width: number): Slot => ({
  ...x,
  offset: x.offset + (head * queries + row) * width,
});
/** The keys of a chunk's heads. */
const headsOf = (x: Slot, { keys }: AttentionProblem, { head }: Chunk, width: number): Slot => ({
  ...x,
  offset: x.offset + head * keys * width,
});

/** `products` of a chunk: rows · keys by dim, in any order, for each of its heads. */
function multiply(to: Lowering, { heads, ...chunk }: Chunk, dim: number, form: Form, a: Slot, b: Slot, y: Slot): void {
  const { rows, keys } = chunk;
  const extents = {
    scores: { m: rows, n: keys, k: dim, transposeA: false, transposeB: true },
    queries: { m: rows, n: dim, k: keys, transposeA: false, transposeB: false },
    keys: { m: keys, n: dim, k: rows, transposeA: true, transposeB: false },
  }[form];
  lowerMatmul(to, { batch: heads, ...extents, aBatched: heads > 1, bBatched: heads > 1 }, a, b, y);
}

/** What a product has a row for: pairs, queries, or keys. */
type Form = "scores" | "queries" | "keys";

/** How a chunk's kernels know which pairs count. */
const seenBy = ({ rows, heads, keys, seen }: Chunk, { causal, scale }: AttentionProblem) => ({
  rows: rows * heads,
  n: keys,
  seen,
  cycle: rows,
  causal: causal ? 1 : 0,
  scale,
});

/**
 * Products with the weights of a chunk, or their gradients. In causal order what a query does not see has the weight 0, and
 * where that meets NaN or infinity the product is made again.
 */
function multiplySeen(
  to: Lowering,
  problem: AttentionProblem,
  chunk: Chunk,
  dim: number,
  form: "queries" | "keys",
  weights: Slot,
  x: Slot,
  y: Slot,
): void {
  multiply(to, chunk, dim, form, weights, x, y);
  if (!problem.causal) return;
  const { heads, rows, keys, seen } = chunk;
  lowerRestore(to, form, { matrices: heads, rows, keys, dim }, { first: seen }, weights, x, y);
}

/** Emits y [batch, heads, queries, dim] and lse [batch, heads, queries]. */
export function lowerProductsForward(
  to: Lowering,
  problem: AttentionProblem,
  inputs: AttentionInputs,
  y: Slot,
  lse: Slot,
): void {
  const { queries, dim, valueDim } = problem;
  const [q, k, v] = [inputs.q, inputs.k, inputs.v].map((x) => aligned(to, x)) as [Slot, Slot, Slot];
  const chunks = chunksOf(problem);
  const scores = scoresFor(to, chunks, "attention scores");
  const sums = to.temporary([Math.max(...chunks.map(({ rows, heads }) => rows * heads))], "float32", "attention sums");
  for (const chunk of chunks) {
    const [own, total] = [rowsOf(y, queries, chunk, valueDim), chunk.rows * chunk.heads];
    multiply(to, chunk, dim, "scores", rowsOf(q, queries, chunk, dim), headsOf(k, problem, chunk, dim), scores);
    to.dispatch({
      kernel: kernels.attention_weights,
      bind: { scores, lse: rowsOf(lse, queries, chunk, 1), sums },
      params: seenBy(chunk, problem),
      workgroups: foldWorkgroups(Math.ceil(total / WEIGHTS_WORKGROUP)),
      flops: 4 * total * chunk.keys,
    });
    multiplySeen(to, problem, chunk, valueDim, "queries", scores, headsOf(v, problem, chunk, valueDim), own);
    to.dispatch({
      kernel: rowsKernels.divide_rows,
      bind: { y: own, divisors: sums },
      params: { rows: total, n: valueDim },
      workgroups: linearWorkgroups((total * valueDim) / LANES),
      flops: total * valueDim,
    });
  }
}

/** Emits the gradients of q, k and v. */
export function lowerProductsBackward(
  to: Lowering,
  problem: AttentionProblem,
  inputs: AttentionInputs,
  dY: Slot,
  stats: Slot,
  { dQ, dK, dV }: { readonly dQ: Slot; readonly dK: Slot; readonly dV: Slot },
): void {
  const { queries, keys, dim, valueDim } = problem;
  const [q, k, v, g] = [inputs.q, inputs.k, inputs.v, dY].map((x) => aligned(to, x)) as [Slot, Slot, Slot, Slot];
  const chunks = chunksOf(problem);
  const scores = scoresFor(to, chunks, "attention scores");
  const gradients = scoresFor(to, chunks, "attention score gradients");
  const isCut = queries > (chunks[0]?.rows ?? 0);
  const part = isCut ? to.temporary([keys, Math.max(dim, valueDim)], "float32", "attention part") : undefined;
  for (const chunk of chunks) {
    const [ownQ, ownG] = [rowsOf(q, queries, chunk, dim), rowsOf(g, queries, chunk, valueDim)];
    const ownK = headsOf(k, problem, chunk, dim);
    const total = chunk.rows * chunk.heads;
    multiply(to, chunk, dim, "scores", ownQ, ownK, scores);
    multiply(to, chunk, valueDim, "scores", ownG, headsOf(v, problem, chunk, valueDim), gradients);
    to.dispatch({
      kernel: kernels.attention_score_gradients,
      bind: { scores, gradients, stats: rowsOf(stats, queries, chunk, 2) },
      params: seenBy(chunk, problem),
      workgroups: linearWorkgroups((total * chunk.keys) / LANES),
      flops: 6 * total * chunk.keys,
    });
    multiplySeen(to, problem, chunk, dim, "queries", gradients, ownK, rowsOf(dQ, queries, chunk, dim));
    for (const [weights, rows, result, width] of [
      [scores, ownG, dV, valueDim],
      [gradients, ownQ, dK, dim],
    ] as const) {
      const own = headsOf(result, problem, chunk, width);
      // the first chunk of a head sees all keys: what it gives, the others are added to
      const adds = chunk.row + chunk.rows < queries;
      multiplySeen(to, problem, chunk, width, "keys", weights, rows, adds ? (part as Slot) : own);
      if (!adds) continue;
      to.dispatch({
        kernel: optimizerKernels.accumulate,
        bind: { x: part as Slot, y: own },
        params: { size: chunk.keys * width },
        workgroups: linearWorkgroups((chunk.keys * width) / LANES),
        flops: chunk.keys * width,
      });
    }
  }
}

function scoresFor(to: Lowering, chunks: readonly Chunk[], label: string): Slot {
  const sizes = chunks.map(({ heads, rows, keys }) => heads * rows * keys);
  return to.temporary([Math.max(...sizes)], "float32", label);
}
