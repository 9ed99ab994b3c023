import type { DispatchRequest, Lowering, Slot } from "../../graph/lowering.ts";
import { sizeOf } from "../../graph/shape.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import { type Draw, drawParams } from "../dispatch/random-stream.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { lowerCopy } from "../layout/copy.ts";

/** How queries and keys of unequal numbers stand in causal order: see `AttentionOptions`. `lengths`: both end together where the keys that are there end; forward only. */
export type Alignment = "lower-right" | "upper-left" | "lengths";

/** One attention: sizes, and how scores are made. */
export interface AttentionProblem {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly queries: number;
  readonly keys: number;
  /** Of queries and keys; for the fused kernels a multiple of 8, as is `valueDim`. */
  readonly dim: number;
  readonly valueDim: number;
  readonly scale: number;
  /** 0 where there is none. */
  readonly softcap: number;
  readonly causal: false | Alignment;
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
  draw: Draw | null,
  control: Slot,
): void {
  const { stream, counter_base: iteration } = draw ? drawParams(draw, to) : { stream: 0, counter_base: 0 };
  to.dispatch({
    kernel: kernels.attention_control,
    bind: { lengths: lengths ?? to.hyper, hyper: to.hyper, control },
    params: {
      batch_size: batch,
      keys,
      has_lengths: lengths ? 1 : 0,
      stream,
      iteration,
    },
    workgroups: [1],
  });
}

/** Emits stats [batch, heads, queries, 2] for the two that follow. */
export function lowerAttentionDelta(to: Lowering, y: Slot, dY: Slot, lse: Slot, stats: Slot): void {
  const dim = y.shape.at(-1) as number;
  const rows = sizeOf(lse.shape);
  to.dispatch({
    kernel: kernels.attention_delta,
    bind: { y, d_y: aligned(to, dY), lse, stats },
    params: { rows, dim },
    workgroups: linearWorkgroups(rows),
    flops: 2 * rows * dim,
  });
}

/** Rows (queries or keys) that a thread of the register kernels owns, and threads of their workgroups. */
const REGISTER = { rows: 8, threads: 4 };
/** Rows that a workgroup of the tiled kernels owns, and the widest head that its threads have registers for. */
const TILED = { rows: 32, dim: 128 };

export type Way = "registers" | "tiled";

/** Tiles lie in workgroup memory, whose barriers software adapters emulate at a great price. */
export const fitsTiles = ({ adapter }: Lowering, { dim, valueDim }: AttentionProblem): boolean =>
  adapter.kind === "hardware" && Math.max(dim, valueDim) <= TILED.dim;

/** Queries and keys from which on the matmuls have enough to do. */
const MANY = 64;

/** On software adapters matmuls win, then registers; on GPUs tiles. Combined, small blocks would be half empty. */
export function choose(
  to: Lowering,
  what: string,
  problem: AttentionProblem,
  { control }: AttentionInputs,
  ways: Partial<Record<Way | "combined" | "products", (() => void) | false | undefined>>,
): void {
  const { batch, heads, kvHeads, queries, keys, dim, valueDim, causal } = problem;
  const valid = Object.fromEntries(Object.entries(ways).filter(([, way]) => way)) as Record<string, () => void>;
  const least = Math.min(queries, keys);
  const preferred = [
    valid.tiled && "tiled",
    valid.products && least >= MANY && "products",
    valid.combined && least > REGISTER.rows && "combined",
  ];
  const rule = preferred.find((way) => way) || "registers";
  const grouped = kvHeads === heads ? `${batch * heads}` : `${batch * heads}/${batch * kvHeads}`;
  const width = dim === valueDim ? `${dim}` : `${dim}/${valueDim}`;
  const order = causal === "upper-left" ? " upper-left" : causal ? " causal" : "";
  const key = `attention ${what} ${grouped} ${queries} ${keys} ${width}${order}`;
  const assume = control ? [{ slot: { ...control, offset: control.offset + 2, shape: [batch] }, value: keys }] : [];
  if (Object.keys(valid).length > 1) to.choose({ key, ways: valid, rule, assume });
  else valid[rule]?.();
}

/**
 * Operations of one dispatch, about a second's on a slow adapter of each kind: a browser resets a GPU that hangs for longer,
 * and a program is cut between dispatches only.
 */
const DISPATCH_FLOPS = { software: 1.5e9, hardware: 2e11 } as const;

/** Cuts `blocks` into runs of about equal length, each with its share of the operations. */
export function eachCut(
  { adapter }: Lowering,
  blocks: number,
  flops: number,
  emit: (first: number, count: number, flops: number) => void,
): void {
  const most = Math.max(1, Math.floor((blocks * DISPATCH_FLOPS[adapter.kind]) / flops));
  const longest = Math.ceil(blocks / Math.ceil(blocks / most));
  for (let first = 0; first < blocks; first += longest) {
    const count = Math.min(longest, blocks - first);
    emit(first, count, (flops * count) / blocks);
  }
}

interface Owned {
  readonly pass: "forward" | "queries_backward" | "keys_backward";
  readonly heads: number;
  /** Of each head. */
  readonly rows: number;
  /** Products of queries, keys and dim. */
  readonly products: number;
}

export const variantOf = ({ dropout }: AttentionProblem): string => (dropout > 0 ? "dropout" : "default");

const passes = {
  registers: {
    forward: kernels.attention_forward,
    queries_backward: kernels.attention_queries_backward,
    keys_backward: kernels.attention_keys_backward,
  },
  tiled: {
    forward: kernels.attention_tiled_forward,
    queries_backward: kernels.attention_tiled_queries_backward,
    keys_backward: kernels.attention_tiled_keys_backward,
  },
};

/** Emits a pass whose threads or workgroups own rows. */
export function overRows(
  to: Lowering,
  way: Way,
  problem: AttentionProblem,
  bias: Slot | undefined,
  bind: DispatchRequest["bind"],
  { pass, heads, rows, products: count }: Owned,
): void {
  const tiled = way === "tiled";
  const blocks = Math.ceil(rows / (tiled ? TILED.rows : REGISTER.rows));
  eachCut(to, blocks, count * products(problem), (first, part, flops) => {
    to.dispatch({
      kernel: passes[way][pass],
      variant: variantOf(problem),
      bind,
      params: { ...parametersOf(problem, bias), row_blocks: part, first_block: first },
      workgroups: foldWorkgroups(tiled ? heads * part : Math.ceil((heads * part) / REGISTER.threads)),
      flops,
    });
  });
}

/** A kernel without bias or control has the bindings all the same; any read-only slot serves. */
export function bindings(to: Lowering, { q, k, v, bias, control }: AttentionInputs) {
  return { q: aligned(to, q), k: aligned(to, k), v: aligned(to, v), bias: bias ?? q, control: control ?? q };
}

/** As the kernels number them. */
const CAUSAL: Readonly<Record<Alignment, number>> = { "lower-right": 1, lengths: 2, "upper-left": 3 };

export function parametersOf(p: AttentionProblem, bias: Slot | undefined): Record<string, number> {
  const [biasBatch = 1, biasHeads = 1] = bias?.shape ?? [];
  return {
    batch_size: p.batch,
    num_heads: p.heads,
    kv_heads: p.kvHeads,
    queries: p.queries,
    keys: p.keys,
    dim: p.dim,
    value_dim: p.valueDim,
    causal: p.causal ? CAUSAL[p.causal] : 0,
    has_lengths: p.lengths ? 1 : 0,
    has_bias: bias ? 1 : 0,
    // a bias that serves all sequences, or all heads, is read again
    bias_stride_batch: biasBatch === 1 ? 0 : biasHeads * p.queries * p.keys,
    bias_stride_head: biasHeads === 1 ? 0 : p.queries * p.keys,
    alibi_heads: p.alibi ? 2 ** Math.floor(Math.log2(p.heads)) : 0,
    scale: p.scale,
    softcap: p.softcap,
    rate: p.dropout,
  };
}

/** The kernels read vec4: a part of a tensor that begins elsewhere is copied. */
export function aligned(to: Lowering, x: Slot): Slot {
  if (x.offset % 4 === 0) return x;
  const copy = to.temporary(x.shape, x.dtype, "aligned");
  const size = sizeOf(x.shape);
  lowerCopy(to, [size], x, [1], copy, [1]);
  return copy;
}

/** Multiplications and additions of one product of queries and keys. */
export function products({ batch, heads, queries, keys, dim, valueDim, causal }: AttentionProblem): number {
  // in causal order query i sees i + 1 + keys − queries keys, or i + 1
  const least = Math.min(queries, keys);
  const pairs = queries * keys;
  const unseen = causal === "upper-left" ? keys - least / 2 : (queries - 1) / 2;
  return batch * heads * Math.max(queries, pairs - (causal ? least * unseen : 0)) * (dim + valueDim);
}
