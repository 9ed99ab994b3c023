import type { AdapterProfile, DispatchRequest, Lowering, Slot } from "../graph/op.ts";
import { sizeOf } from "../graph/shape.ts";
import { lowerCopy } from "./copy.ts";
import { foldWorkgroups, linearWorkgroups } from "./workgroups.ts";

/** One attention: sizes, and how scores are made. */
export interface AttentionProblem {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly queries: number;
  readonly keys: number;
  /** A multiple of 8. */
  readonly dim: number;
  readonly scale: number;
  readonly causal: boolean;
  readonly alibi: boolean;
  /** Whether `control` holds lengths. */
  readonly lengths: boolean;
  readonly dropout: number;
}

/** What all kernels read. */
export interface AttentionInputs {
  readonly q: Slot;
  readonly k: Slot;
  readonly v: Slot;
  /** [batch or 1, heads or 1, queries, keys] */
  readonly bias: Slot | undefined;
  readonly control: Slot | undefined;
}

/** Gives the random numbers their key and the kernels their lengths. */
export function lowerAttentionControl(
  to: Lowering,
  { batch, keys }: AttentionProblem,
  lengths: Slot | undefined,
  stream: object,
  control: Slot,
): void {
  to.dispatch({
    kernel: "attention_control",
    bind: { lengths: lengths ?? to.hyper, hyper: to.hyper, control },
    params: {
      batch_size: batch,
      keys,
      has_lengths: lengths ? 1 : 0,
      stream: to.randomStream(stream),
      iteration: to.iteration,
    },
    workgroups: [1],
  });
}

/** Emits y [batch, heads, queries, dim] and lse [batch, heads, queries]. */
export function lowerAttentionForward(
  to: Lowering,
  problem: AttentionProblem,
  inputs: AttentionInputs,
  y: Slot,
  lse: Slot,
): void {
  const { batch, heads, queries } = problem;
  to.dispatch({
    ...overRows(to.adapter, problem, inputs, "forward", batch * heads, queries),
    bind: { ...bindings(to, inputs), y, lse },
    flops: 2 * products(problem),
  });
}

/** Emits stats [batch, heads, queries, 2] for the two that follow. */
export function lowerAttentionDelta(to: Lowering, y: Slot, dY: Slot, lse: Slot, stats: Slot): void {
  const dim = y.shape.at(-1) as number;
  const rows = sizeOf(lse.shape);
  to.dispatch({
    kernel: "attention_delta",
    bind: { y, d_y: aligned(to, dY), lse, stats },
    params: { rows, dim },
    workgroups: linearWorkgroups(rows),
    flops: 2 * rows * dim,
  });
}

/** Emits the gradient of q. */
export function lowerAttentionQueriesBackward(
  to: Lowering,
  problem: AttentionProblem,
  inputs: AttentionInputs,
  dY: Slot,
  stats: Slot,
  dQ: Slot,
): void {
  const { batch, heads, queries } = problem;
  to.dispatch({
    ...overRows(to.adapter, problem, inputs, "queries_backward", batch * heads, queries),
    bind: { ...bindings(to, inputs), d_y: aligned(to, dY), stats, d_q: dQ },
    flops: 3 * products(problem),
  });
}

/** Emits the gradients of k and v as one tensor [2, batch, kvHeads, keys, dim]. */
export function lowerAttentionKeysBackward(
  to: Lowering,
  problem: AttentionProblem,
  inputs: AttentionInputs,
  dY: Slot,
  stats: Slot,
  dKv: Slot,
): void {
  const { batch, kvHeads, keys } = problem;
  to.dispatch({
    ...overRows(to.adapter, problem, inputs, "keys_backward", batch * kvHeads, keys),
    bind: { ...bindings(to, inputs), d_y: aligned(to, dY), stats, d_kv: dKv },
    flops: 4 * products(problem),
  });
}

/** Rows (queries or keys) that a thread of the register kernels owns, and threads of their workgroups. */
const REGISTER = { rows: 8, threads: 4 };
/** Rows that a workgroup of the tiled kernels owns, and the widest head that its threads have registers for. */
const TILED = { rows: 32, dim: 128 };

type Pass = "forward" | "queries_backward" | "keys_backward";

/**
 * Kernel, parameters and workgroups of a pass that owns `rows` of each of `heads`. On software adapters registers win, as
 * they do for matmul; on GPUs tiles in workgroup memory.
 */
function overRows(
  { kind }: AdapterProfile,
  problem: AttentionProblem,
  { bias }: AttentionInputs,
  pass: Pass,
  heads: number,
  rows: number,
): Pick<DispatchRequest, "kernel" | "variant" | "params" | "workgroups"> {
  const tiled = kind === "hardware" && problem.dim <= TILED.dim;
  const blocks = Math.ceil(rows / (tiled ? TILED.rows : REGISTER.rows));
  return {
    kernel: `attention_${tiled ? "tiled_" : ""}${pass}`,
    variant: problem.dropout > 0 ? "dropout" : "default",
    params: { ...parametersOf(problem, bias), row_blocks: blocks },
    workgroups: foldWorkgroups(tiled ? heads * blocks : Math.ceil((heads * blocks) / REGISTER.threads)),
  };
}

/** A kernel without bias or control has the bindings all the same; any read-only slot serves. */
function bindings(to: Lowering, { q, k, v, bias, control }: AttentionInputs) {
  return { q: aligned(to, q), k: aligned(to, k), v: aligned(to, v), bias: bias ?? q, control: control ?? q };
}

function parametersOf(p: AttentionProblem, bias: Slot | undefined): Record<string, number> {
  const [biasBatch = 1, biasHeads = 1] = bias?.shape ?? [];
  return {
    batch_size: p.batch,
    num_heads: p.heads,
    kv_heads: p.kvHeads,
    queries: p.queries,
    keys: p.keys,
    dim: p.dim,
    causal: p.causal ? 1 : 0,
    has_lengths: p.lengths ? 1 : 0,
    has_bias: bias ? 1 : 0,
    // a bias that serves all sequences, or all heads, is read again
    bias_stride_batch: biasBatch === 1 ? 0 : biasHeads * p.queries * p.keys,
    bias_stride_head: biasHeads === 1 ? 0 : p.queries * p.keys,
    alibi_heads: p.alibi ? 2 ** Math.floor(Math.log2(p.heads)) : 0,
    scale: p.scale,
    rate: p.dropout,
  };
}

/** The kernels read vec4: a part of a tensor that begins elsewhere is copied. */
function aligned(to: Lowering, x: Slot): Slot {
  if (x.offset % 4 === 0) return x;
  const copy = to.temporary(x.shape, x.dtype, "aligned");
  const size = sizeOf(x.shape);
  lowerCopy(to, [size], x, [1], copy, [1]);
  return copy;
}

/** Multiplications and additions of one product of queries and keys. */
function products({ batch, heads, queries, keys, dim, causal }: AttentionProblem): number {
  // in causal order query i sees i + 1 + keys − queries keys
  const unseen = causal ? (Math.min(queries, keys) * (queries - 1)) / 2 : 0;
  return 2 * batch * heads * Math.max(queries, queries * keys - unseen) * dim;
}
