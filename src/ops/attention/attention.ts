/** Scaled dot-product attention (Vaswani et al. 2017) in memory that grows linearly with the length. */

import { apply, applyOne } from "../../graph/apply.ts";
import { isTraining } from "../../graph/mode.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { checkOptions } from "../../options.ts";
import { type Draw, takeDraw } from "../dispatch/random-stream.ts";
import { concat, reshape, slice, zeros } from "../layout/layout.ts";
import { type AttentionGradients, lowerAttentionBackward } from "./backward.ts";
import { type AttentionOptions, attentionKinds, attentionLengths, type Checked, checkAttention } from "./check.ts";
import { lowerAttentionForward } from "./forward.ts";
import { lowerAttentionControl, lowerAttentionDelta } from "./kernels.ts";
import { biasGradient } from "./naive.ts";
import type { AttentionProblem } from "./problem.ts";

interface Attention {
  readonly problem: AttentionProblem;
  /** Shared by the forward and backward pass: both drop the same weights. */
  readonly draw: Draw;
}

type AttentionInputs = {
  readonly q: Value;
  readonly k: Value;
  readonly v: Value;
  readonly bias?: Value | undefined;
  readonly lengths?: Value | undefined;
};

type AttentionOutputs = {
  readonly y: Value;
  /** `[batch, heads, queries]`: logarithms of the weights' sums. */
  readonly lse: Value;
  /** The kernels' lengths and random key, where they need them. */
  readonly control?: Value | undefined;
};

const attentionOp: Op<Attention, AttentionInputs, AttentionOutputs> = {
  name: "attention",
  gradient({ inputs, outputs: { y, lse, control }, attributes: { problem } }, { y: g }, needed) {
    if (!g) return {};
    const { q, k, v, bias, lengths } = inputs;
    const { queries, heads, batch } = problem;
    const stats = applyOne(attentionDeltaOp, { y, g, lse }, null, {
      shape: [batch, heads, queries, 2],
      dtype: "float32",
    });
    const [sizeK, sizeV] = [sizeOf(k.shape), sizeOf(v.shape)];
    const { dQ, dKv } = apply(attentionBackwardOp, { q, k, v, bias, control, g, stats }, problem, {
      dQ: needed.q ? q : undefined,
      dKv: needed.k || needed.v ? { shape: [sizeK + sizeV], dtype: "float32" } : undefined,
    });
    return {
      q: dQ,
      k: dKv && reshape(slice(dKv, 0, 0, sizeK), k.shape),
      v: dKv && reshape(slice(dKv, 0, sizeK, sizeK + sizeV), v.shape),
      bias: () => bias && biasGradient(problem, { q, k, v, bias, lengths }, lse, stats, g),
    };
  },
  draws: ({ attributes: { problem } }) => problem.dropout > 0,
  ranges: ({ inputs: { lengths }, attributes: { problem } }) =>
    lengths ? [attentionLengths(lengths, problem.keys)] : [],
  lower({ inputs, outputs, attributes: { problem, draw } }, to) {
    const { q, k, v, bias, lengths } = to.slots(inputs);
    const { y, lse, control } = to.rooms(outputs);
    if (control) lowerAttentionControl(to, problem, lengths, draw, control);
    lowerAttentionForward(to, problem, { q, k, v, bias, control }, y, lse);
  },
};

/** Gives [batch, heads, queries, 2]. */
const attentionDeltaOp: Op<null, Pick<AttentionOutputs, "y" | "lse"> & { readonly g: Value }> = {
  name: "attentionDelta",
  lower({ inputs, outputs }, to) {
    const { y, g, lse } = to.slots(inputs);
    lowerAttentionDelta(to, y, g, lse, to.output(outputs.y));
  },
};

type BackwardInputs = Omit<AttentionInputs, "lengths"> &
  Pick<AttentionOutputs, "control"> & { readonly g: Value; readonly stats: Value };

/** Gives the gradient of q, and those of k and v one behind the other, as far as they are wanted. */
const attentionBackwardOp: Op<AttentionProblem, BackwardInputs, AttentionGradients> = {
  name: "attentionBackward",
  lower({ inputs, outputs, attributes: problem }, to) {
    const { q, k, v, bias, control, g, stats } = to.slots(inputs);
    lowerAttentionBackward(to, problem, { q, k, v, bias, control }, g, stats, outputs);
  },
};

/** Zeros behind the last axis up to a multiple of 8: the kernels go through it in such steps. */
function padded(x: Value): Value {
  const dim = x.shape.at(-1) as number;
  const missing = -dim & 7;
  return missing === 0 ? x : concat([x, zeros([...x.shape.slice(0, -1), missing])], -1);
}

/**
 * softmax(scale · q·kᵀ + bias) · v without ever storing the scores: q [batch, heads, queries, dim], k [batch, kvHeads, keys,
 * dim], v [batch, kvHeads, keys, valueDim] → [batch, heads, queries, valueDim]. The backward pass works the scores out again
 * (Dao et al. 2022, 2023). A query that sees no key gives zeros. What a query does not see has no influence on it, nor on
 * gradients, whatever stands there; a NaN that it sees makes its result NaN.
 *
 * @example
 * ```ts
 * import { scaledDotProductAttention, type Value } from "seqgrad";
 *
 * // q, k, v [batch, heads, length, headDim]: each position sees those up to its own
 * const causal = (q: Value, k: Value, v: Value) => scaledDotProductAttention(q, k, v, { causal: true });
 * ```
 */
export function scaledDotProductAttention(q: Value, k: Value, v: Value, options: AttentionOptions = {}): Value {
  checkOptions("scaledDotProductAttention", options, attentionKinds);
  const { problem, bias, lengths }: Checked = checkAttention(
    "scaledDotProductAttention",
    q,
    k,
    v,
    options,
    isTraining() ? (options.dropout ?? 0) : 0,
  );
  const { batch, heads, queries, valueDim } = problem;
  const [pq, pk, pv] = [padded(q), padded(k), padded(v)];
  const wide = pv.shape.at(-1) as number;
  const kernelProblem = { ...problem, dim: pq.shape.at(-1) as number, valueDim: wide };
  const { y } = apply(
    attentionOp,
    { q: pq, k: pk, v: pv, bias, lengths },
    { problem: kernelProblem, draw: takeDraw(1) },
    {
      y: { shape: [batch, heads, queries, wide], dtype: "float32" },
      lse: { shape: [batch, heads, queries], dtype: "float32" },
      control: problem.lengths || problem.dropout > 0 ? { shape: [2 + batch], dtype: "uint32" } : undefined,
    },
  );
  return wide === valueDim ? y : slice(y, -1, 0, valueDim);
}
