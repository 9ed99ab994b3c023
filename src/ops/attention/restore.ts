/** Products of attention in which what is hidden has no influence, whatever stands there. */

import type { Lowering, Slot } from "../../graph/lowering.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

export interface RestoredSizes {
  /** Matrices of weights; `group` neighbouring ones (1) share their keys. */
  readonly matrices: number;
  readonly group?: number;
  readonly rows: number;
  readonly keys: number;
  readonly dim: number;
}

/** Which pairs are seen: by causal order, of which row 0 sees `first` keys, or by a mask. */
export type Seen = { readonly first: number } | { readonly mask: Slot; readonly heads: number };

/**
 * After a product of weights and x whose result is y, a row for each query or each key: where a hidden pair, of the weight 0,
 * has met NaN or infinity, it is made again without that.
 */
export function lowerRestore(
  to: Lowering,
  form: "queries" | "keys",
  { matrices, group = 1, rows, keys, dim }: RestoredSizes,
  seen: Seen,
  weights: Slot,
  x: Slot,
  y: Slot,
): void {
  const size = (form === "keys" ? matrices / group : matrices) * dim;
  const mask = "mask" in seen ? seen.mask : undefined;
  const [maskBatch = 1, maskHeads = 1, maskRows = 1] = mask?.shape ?? [];
  to.dispatch({
    kernel: kernels.attention_restore,
    variant: form === "keys" ? "keys" : "default",
    bind: { w: weights, x, seen: mask ?? weights, y },
    params: {
      ...{ size, rows, n: keys, dim, group, causal: 1 },
      heads: "heads" in seen ? seen.heads : matrices,
      first: "first" in seen ? seen.first : 0,
      has_seen: mask ? 1 : 0,
      // an axis of 1 serves all
      seen_stride_batch: maskBatch === 1 ? 0 : maskHeads * maskRows * keys,
      seen_stride_head: maskHeads === 1 ? 0 : maskRows * keys,
      seen_stride_row: maskRows === 1 ? 0 : keys,
    },
    workgroups: linearWorkgroups(size),
    bytes: 4 * size,
  });
}
