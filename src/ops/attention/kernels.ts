import type { DispatchRequest, Lowering, Slot } from "../../graph/lowering.ts";
import { sizeOf } from "../../graph/shape.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import { type Draw, drawParams } from "../dispatch/random-stream.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { lowerCopy } from "../layout/copy.ts";
import { type Alignment, type AttentionInputs, type AttentionProblem, products } from "./problem.ts";
import { eachCut, ROWS, type Way } from "./ways.ts";

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

/** Threads of a workgroup of the register kernels. */
const REGISTER_WORKGROUP = 4;

interface Owned {
  readonly pass: "forward" | "queries_backward" | "keys_backward";
  readonly heads: number;
  /** Of each head. */
  readonly rows: number;
  /** Products of queries, keys and dim. */
  readonly products: number;
}

/** The widest heads of the tiled kernels: of the variants `narrow`, which take fewer registers, and of those that are not `wide`. */
const NARROW_HEAD = 64;
const MIDDLE_HEAD = 128;

export const variantOf = ({ dropout }: AttentionProblem): string => (dropout > 0 ? "dropout" : "default");

/** Of a tiled kernel by the width of its head; gradients of wide keys and values are a dispatch each. */
function tiledVariants(problem: AttentionProblem, pass: Owned["pass"]): string[] {
  const widest = Math.max(problem.dim, problem.valueDim);
  if (widest > NARROW_HEAD && widest <= MIDDLE_HEAD) return [variantOf(problem)];
  const both = pass === "keys_backward" ? ["wide_values", "wide_keys"] : ["wide"];
  const names = widest <= NARROW_HEAD ? ["narrow"] : both;
  return names.map((name) => (problem.dropout > 0 ? `${name}_dropout` : name));
}

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
  const variants = tiled ? tiledVariants(problem, pass) : [variantOf(problem)];
  const blocks = Math.ceil(rows / ROWS[way]);
  eachCut(to, blocks, count * products(problem), (first, part, flops) => {
    for (const variant of variants) {
      to.dispatch({
        kernel: passes[way][pass],
        variant,
        bind,
        params: {
          ...parametersOf(problem, bias),
          ...(pass !== "forward" && { parts: 1 }),
          row_blocks: part,
          first_block: first,
        },
        workgroups: foldWorkgroups(tiled ? heads * part : Math.ceil((heads * part) / REGISTER_WORKGROUP)),
        flops: flops / variants.length,
      });
    }
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
