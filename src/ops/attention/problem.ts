/** One attention as its kernels see it. */
import type { Slot } from "../../graph/lowering.ts";

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

/** Multiplications and additions of one product of queries and keys. */
export function products({ batch, heads, queries, keys, dim, valueDim, causal }: AttentionProblem): number {
  // in causal order query i sees i + 1 + keys − queries keys, or i + 1
  const least = Math.min(queries, keys);
  const pairs = queries * keys;
  const unseen = causal === "upper-left" ? keys - least / 2 : (queries - 1) / 2;
  return batch * heads * Math.max(queries, pairs - (causal ? least * unseen : 0)) * (dim + valueDim);
}
