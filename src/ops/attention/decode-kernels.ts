import type { Lowering, Slot } from "../../graph/lowering.ts";
import { sizeOf } from "../../graph/shape.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import type { AttentionProblem } from "./problem.ts";
import { fitsTiles } from "./ways.ts";

/** Keys of a part, and threads of a workgroup that have one each. */
const REGISTER = { part: 32, threads: 4 };
/** Keys of a workgroup's part. */
const TILED_PART = 128;

export interface DecodeInputs {
  readonly q: Slot;
  readonly k: Slot;
  readonly v: Slot;
  readonly lengths: Slot | undefined;
}

/**
 * Emits y [batch, heads, queries, valueDim] in two dispatches: parts of the keys side by side, then what they give
 * together. `problem.keys` is the cache's capacity; parts past a sequence's length cost nothing.
 */
export function lowerAttentionDecode(
  to: Lowering,
  problem: AttentionProblem,
  { q, k, v, lengths }: DecodeInputs,
  y: Slot,
): void {
  const { batch, heads, kvHeads, queries, keys: capacity, dim, valueDim, scale, softcap, causal, alibi } = problem;
  const rows = (heads / kvHeads) * queries;
  // rows share what is read of keys and values
  const shared = rows === 1 ? 1 : rows === 2 ? 2 : 4;
  const blocks = Math.ceil(rows / shared);
  const tiled = fitsTiles(to.adapter, problem);
  const part = tiled ? TILED_PART : REGISTER.part;
  const parts = Math.ceil(capacity / part);
  const stats = to.temporary([batch * kvHeads, rows, parts, 2], "float32", "attention parts' weights");
  const sums = to.temporary([batch * kvHeads, rows, parts, valueDim], "float32", "attention parts' sums");
  // a kernel without lengths has the binding all the same
  const bound = lengths ?? q;
  const common = {
    ...{ kv_heads: kvHeads, queries, rows, capacity, parts, value_dim: valueDim },
    ...{ causal: causal ? 1 : 0, has_lengths: lengths ? 1 : 0 },
  };
  const threads = batch * kvHeads * blocks * parts;
  to.dispatch({
    kernel: tiled ? kernels.attention_decode_tiled : kernels.attention_decode,
    variant: shared === 1 ? "default" : `rows${shared}`,
    bind: { q, k, v, lengths: bound, stats, sums },
    params: {
      ...common,
      batch_size: batch,
      dim,
      row_blocks: blocks,
      alibi_heads: alibi ? 2 ** Math.floor(Math.log2(heads)) : 0,
      scale,
      softcap,
    },
    workgroups: foldWorkgroups(tiled ? threads : Math.ceil(threads / REGISTER.threads)),
    flops: 2 * batch * heads * queries * capacity * (dim + valueDim),
  });
  const size = sizeOf(y.shape);
  to.dispatch({
    kernel: kernels.attention_decode_merge,
    bind: { stats, sums, lengths: bound, y },
    params: { ...common, size, part_keys: part },
    workgroups: linearWorkgroups(size),
    flops: 4 * size * parts,
  });
}
