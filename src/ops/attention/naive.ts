/** Attention as a composition of operations that stores all scores: the readable baseline, and the way to the weights. */

import { UnsupportedError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { ConstantValue } from "../../graph/leaves.ts";
import type { Op, Value } from "../../graph/value.ts";
import { checkOptions, oneOf } from "../../options.ts";
import { dropout } from "../elementwise/dropout.ts";
import { add, lessEqual, mul, sub } from "../elementwise/elementwise.ts";
import { select } from "../elementwise/select.ts";
import { exp, tanh } from "../elementwise/unary.ts";
import { full, permute, reshape, slice } from "../layout/layout.ts";
import { lowerMaskSteps } from "../recurrent/reverse-sequence.ts";
import { sumTo } from "../rows/reduce.ts";
import { maskedSoftmax, softmax } from "../rows/softmax.ts";
import { type AttentionOptions, attentionKinds, attentionLengths, type Checked, checkAttention } from "./check.ts";
import { alibiSlopes } from "./position.ts";
import type { AttentionProblem } from "./problem.ts";
import { seenPairs, seenSums } from "./seen-products.ts";

/** A bias of this or less hides its pair. */
const HIDDEN_BELOW = -1e30;

/** 1 where query i sees key j by causal order: [1, 1, queries, keys]. */
function causalMask({ queries, keys, causal }: AttentionProblem): Value {
  const ahead = causal === "upper-left" ? 0 : keys - queries;
  const data = new Float32Array(queries * keys);
  for (let i = 0; i < queries; i++) {
    const seen = Math.min(keys, Math.max(0, i + 1 + ahead));
    data.fill(1, i * keys, i * keys + seen);
  }
  return new ConstantValue(data, { shape: [1, 1, queries, keys], dtype: "float32" });
}

/** Of ones [keys, batch, 1]; unlike maskSteps it takes lengths of 0. */
const keysThereOp: Op<null, { readonly ones: Value; readonly lengths: Value }> = {
  name: "keysThere",
  gradient: () => ({}),
  ranges: ({ inputs: { ones, lengths } }) => [attentionLengths(lengths, ones.shape[0] as number)],
  lower({ inputs: { ones, lengths }, outputs: { y } }, to) {
    lowerMaskSteps(to, to.slot(ones), to.slot(lengths), to.output(y));
  },
};

/** float32 [keys, batch, 1]: 1 where a key is there, 0 past its sequence's length, which may be 0. */
export const keysThere = (lengths: Value, keys: number): Value => {
  const ones = full([keys, lengths.shape[0] as number, 1], 1);
  return applyOne(keysThereOp, { ones, lengths }, null, ones);
};

/** slope · distance: [1, heads, queries, keys]. */
function alibiBias({ heads, queries, keys, causal }: AttentionProblem): Value {
  const ahead = causal === "upper-left" ? 0 : keys - queries;
  const data = new Float32Array(heads * queries * keys);
  alibiSlopes(heads).forEach((slope, h) => {
    for (let i = 0; i < queries; i++) {
      for (let j = 0; j < keys; j++) data[(h * queries + i) * keys + j] = -slope * Math.abs(i + ahead - j);
    }
  });
  return new ConstantValue(data, { shape: [1, heads, queries, keys], dtype: "float32" });
}

/** Product of the masks that apply, or undefined; broadcasts to the scores. */
function seenMask(problem: AttentionProblem, { bias, lengths }: Pick<Checked, "bias" | "lengths">): Value | undefined {
  const { batch, keys, causal } = problem;
  const there = lengths && keysThere(lengths, keys);
  const byLength = there && reshape(permute(there, [1, 2, 0]), [batch, 1, 1, keys]);
  // NaN hides nothing
  const byBias = bias && select(lessEqual(bias, HIDDEN_BELOW), 0, 1);
  const masks = [causal ? causalMask(problem) : undefined, byLength, byBias];
  return masks.filter((mask) => mask !== undefined).reduce<Value | undefined>((a, b) => (a ? mul(a, b) : b), undefined);
}

/** The softcap's part in a score. */
const capped = (scores: Value, softcap: number): Value =>
  softcap === 0 ? scores : mul(tanh(mul(scores, 1 / softcap)), softcap);

/** Scores, 0 where a pair is hidden, and the mask that says which count. */
function scoresOf(problem: AttentionProblem, q: Value, k: Value, { bias, lengths }: Pick<Checked, "bias" | "lengths">) {
  const seen = seenMask(problem, { bias, lengths });
  const plain = capped(mul(seenPairs(q, k, seen), problem.scale), problem.softcap);
  const biased = bias ? add(plain, bias) : plain;
  const scores = problem.alibi ? add(biased, alibiBias(problem)) : biased;
  return { scores: seen && bias ? select(seen, scores, 0) : scores, seen };
}

/** Where between the inner products and the weights scores are taken from. */
export type ScoreStage = "scaled" | "capped" | "masked" | "weights";
const STAGES: readonly ScoreStage[] = ["scaled", "capped", "masked", "weights"];

/** Options of `attentionScores`. */
export interface AttentionScoresOptions extends Omit<AttentionOptions, "dropout"> {
  /**
   * `scaled` (default): scale · q·kᵀ of all pairs; `capped`: after the softcap; `masked`: with bias and ALiBi, −∞ where a pair is
   * hidden; `weights`: after the softmax, what `attentionWeights` gives.
   */
  readonly stage?: ScoreStage;
}

const { dropout: _, ...weightKinds } = attentionKinds;

/** The scores of scaledDotProductAttention, [batch, heads, queries, keys]. Memory grows with queries · keys. */
export function attentionScores(q: Value, k: Value, options: AttentionScoresOptions = {}): Value {
  checkOptions("attentionScores", options, { ...weightKinds, stage: oneOf(...STAGES) });
  const { stage = "scaled", ...rest } = options;
  const { problem, ...given } = checkAttention("attentionScores", q, k, k, rest, 0);
  if (stage === "weights") return weightsOf(problem, q, k, given);
  if (stage === "masked") {
    const { scores, seen } = scoresOf(problem, q, k, given);
    return seen ? select(seen, scores, Number.NEGATIVE_INFINITY) : scores;
  }
  const scaled = mul(seenPairs(q, k, undefined), problem.scale);
  return stage === "capped" ? capped(scaled, problem.softcap) : scaled;
}

/**
 * The weights of scaledDotProductAttention, [batch, heads, queries, keys]: in each row they add up to 1, or are all 0
 * where a query sees no key. Memory grows with queries · keys.
 */
export function attentionWeights(q: Value, k: Value, options: Omit<AttentionOptions, "dropout"> = {}): Value {
  checkOptions("attentionWeights", options, weightKinds);
  const { problem, ...given } = checkAttention("attentionWeights", q, k, k, options, 0);
  return weightsOf(problem, q, k, given);
}

function weightsOf(problem: AttentionProblem, q: Value, k: Value, given: Pick<Checked, "bias" | "lengths">): Value {
  const { scores, seen } = scoresOf(problem, q, k, given);
  return seen ? maskedSoftmax(scores, seen) : softmax(scores);
}

/** scaledDotProductAttention with all weights in memory: what the fused kernels are measured against. */
export function naiveAttention(q: Value, k: Value, v: Value, options: AttentionOptions = {}): Value {
  checkOptions("naiveAttention", options, attentionKinds);
  const rate = options.dropout ?? 0;
  const { problem, ...given } = checkAttention("naiveAttention", q, k, v, options, rate);
  const weights = weightsOf(problem, q, k, given);
  return seenSums(dropout(weights, rate), v, seenMask(problem, given));
}

/** Gradient of the bias of the fused kernels: that of the scores, which here must be stored. */
export function biasGradient(
  problem: AttentionProblem,
  { q, k, v, bias, lengths }: { q: Value; k: Value; v: Value; bias: Value; lengths: Value | undefined },
  lse: Value,
  stats: Value,
  g: Value,
): Value {
  if (problem.dropout > 0) {
    throw new UnsupportedError(
      "scaledDotProductAttention: bias has no gradient together with dropout, expected one of them; use dropout 0, or naiveAttention",
    );
  }
  const { scores, seen } = scoresOf(problem, q, k, { bias, lengths });
  const column = (x: Value) => reshape(x, [...lse.shape, 1]);
  const weights = exp(sub(scores, column(lse)));
  const delta = slice(stats, -1, 1, 2);
  const slopes = mul(weights, sub(seenPairs(g, v, seen), delta));
  return sumTo(seen ? select(seen, slopes, 0) : slopes, bias.shape);
}
