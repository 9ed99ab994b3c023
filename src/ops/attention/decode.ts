/** Attention of new queries to a cache of keys and values, for inference. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { checkOptions, count, finite, flag, type KindsOf, positive } from "../../options.ts";
import { concat, slice, zeros } from "../layout/layout.ts";
import { requireInts } from "./cache.ts";
import { attentionLengths } from "./check.ts";
import { lowerAttentionDecode } from "./decode-kernels.ts";
import { lowerAttentionForward } from "./forward.ts";
import { aligned, lowerAttentionControl } from "./kernels.ts";
import type { AttentionProblem } from "./problem.ts";
import { splitsKeys } from "./ways.ts";

/** Options of `cachedAttention`. */
export interface CachedAttentionOptions {
  /**
   * int32 [batch]: how many positions of each cache are filled, those of the queries included; the rest is not read. All of
   * them where absent.
   */
  readonly lengths?: Value;
  /**
   * The queries are the last of the positions that are filled, and each sees itself and what is before it (the default);
   * `false`: all see all.
   */
  readonly causal?: boolean;
  /** Factor of the scores; 1/√dim where absent. */
  readonly scale?: number;
  /** Scores s become softcap · tanh(s / softcap). */
  readonly softcap?: number;
  /** Takes slope · distance off each score (Press et al. 2022); the queries are the last of the positions that are filled. */
  readonly alibi?: boolean;
  /** Features of v that are no padding; those of q where k and v are equally wide, else all. */
  readonly valueDim?: number;
}

const cachedKinds: KindsOf<CachedAttentionOptions> = {
  lengths: optionalValue,
  causal: flag,
  scale: finite,
  softcap: positive,
  alibi: flag,
  valueDim: count,
};

/** k has the queries' features up to a multiple of 8. */
type Cached = {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly lengths?: Value | undefined;
};

const cachedAttentionOp: Op<AttentionProblem, Cached> = {
  name: "cachedAttention",
  ranges: ({ inputs: { lengths }, attributes: { keys } }) => (lengths ? [attentionLengths(lengths, keys)] : []),
  lower({ inputs, outputs, attributes: problem }, to) {
    const { q, k, v, lengths } = to.slots(inputs);
    const y = to.output(outputs.y);
    const { batch, heads, kvHeads, queries, keys, dim, valueDim } = problem;
    const from = { q: aligned(to, q), k: aligned(to, k), v: aligned(to, v), lengths };
    // the kernels of whole rows count the distances from the capacity, but for causal order
    if (lengths && problem.alibi && !problem.causal) {
      lowerAttentionDecode(to, problem, from, y);
      return;
    }
    to.choose({
      key: `cached attention ${[batch, heads, kvHeads, queries, keys, dim, ...(valueDim === dim ? [] : [valueDim])].join(" ")}`,
      rule: splitsKeys(to.adapter, problem) ? "split" : "rows",
      assume: lengths ? [{ slot: lengths, value: keys }] : [],
      ways: {
        split: () => lowerAttentionDecode(to, problem, from, y),
        rows: () => {
          const control = lengths && to.temporary([2 + batch], "uint32", "attention control");
          if (control) lowerAttentionControl(to, problem, lengths, null, control);
          const lse = to.temporary([batch, heads, queries], "float32", "log-sum-exp");
          lowerAttentionForward(to, problem, { ...from, bias: undefined, control }, y, lse);
        },
      },
    });
  },
};

/**
 * softmax(scale · q·kᵀ) · v over caches that are filled in part: q [batch, heads, queries, dim], k and v [batch, kvHeads,
 * capacity, dim and valueDim up to multiples of 8] as `cacheSpec` says → [batch, heads, queries, valueDim]. Costs grow with `lengths`, not with
 * the capacity. A query that sees no key gives zeros. It has no gradient; train with scaledDotProductAttention.
 */
export function cachedAttention(q: Value, k: Value, v: Value, options: CachedAttentionOptions = {}): Value {
  checkOptions("cachedAttention", options, cachedKinds);
  requireValues("cachedAttention", { q, k, v });
  const { lengths, causal = true, alibi = false, softcap } = options;
  for (const [name, x] of Object.entries({ q, k, v })) {
    if (x.dtype !== "float32") throw new DtypeError(`cachedAttention: ${name} is ${x.dtype}, expected float32`);
  }
  if (q.rank !== 4) {
    throw new ShapeError(
      `cachedAttention: q has shape ${formatShape(q.shape)}, expected [batch, heads, queries, dim]; reshape [batch, length, heads · dim] and permute it by [0, 2, 1, 3]`,
    );
  }
  const [batch, heads, queries, dim] = q.shape as [number, number, number, number];
  const [, kvHeads = 0, keys = 0] = k.shape;
  const wide = Math.ceil(dim / 8) * 8;
  if (!sameShape(k.shape, [batch, kvHeads, keys, wide]) || heads % kvHeads !== 0) {
    throw new ShapeError(
      `cachedAttention: k has shape ${formatShape(k.shape)}, expected [${batch}, kvHeads, capacity, ${wide}] with kvHeads that divide ${heads}; make its spec with cacheSpec`,
    );
  }
  const wideV = v.shape[3] ?? 0;
  if (!sameShape(v.shape, [batch, kvHeads, keys, wideV]) || wideV % 8 !== 0) {
    throw new ShapeError(
      `cachedAttention: v has shape ${formatShape(v.shape)}, expected that of k, ${formatShape(k.shape)}, with any multiple of 8 in the last place; make its spec with cacheSpec`,
    );
  }
  const { valueDim = wideV === wide ? dim : wideV } = options;
  if (!Number.isInteger(valueDim) || valueDim < 1 || valueDim > wideV) {
    throw new ShapeError(`cachedAttention: valueDim is ${valueDim}, expected at most the last extent of v, ${wideV}`);
  }
  if (causal && queries > keys) {
    throw new ShapeError(
      `cachedAttention: ${queries} queries, expected at most the capacity ${keys}, whose last positions they are; make a larger cache or pass fewer at once`,
    );
  }
  if (lengths) requireInts("cachedAttention", "lengths", lengths, batch);
  const scale = options.scale ?? 1 / Math.sqrt(dim);
  if (!Number.isFinite(scale)) {
    throw new ShapeError(`cachedAttention: scale is ${scale}, expected a finite number; leave it out for 1/√dim`);
  }
  const problem: AttentionProblem = {
    ...{ batch, heads, kvHeads, queries, keys, dim: wide, valueDim: wideV },
    ...{ scale, softcap: softcap ?? 0, causal: causal ? ("lengths" as const) : false, alibi },
    ...{ lengths: !!lengths, dropout: 0 },
  };
  const padded = wide === dim ? q : concat([q, zeros([batch, heads, queries, wide - dim])], -1);
  const spec = { shape: [batch, heads, queries, wideV], dtype: "float32" as const };
  const y = applyOne(cachedAttentionOp, { q: padded, k, v, lengths }, problem, spec);
  return wideV === valueDim ? y : slice(y, -1, 0, valueDim);
}
