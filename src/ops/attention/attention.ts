/** Scaled dot-product attention (Vaswani et al. 2017) in memory that grows linearly with the length. */

import { apply, applyOne } from "../../graph/apply.ts";
import type { Slot } from "../../graph/lowering.ts";
import { type Spec, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { checkOptions } from "../../options.ts";
import { type Draw, takeDraw } from "../dispatch/random-stream.ts";
import { concat, reshape, slice, zeros } from "../layout/layout.ts";
import { lowerAttentionBackward } from "./backward.ts";
import { type AttentionOptions, attentionKinds, attentionLengths, type Checked, checkAttention } from "./check.ts";
import { lowerAttentionForward } from "./forward.ts";
import { type AttentionInputs, type AttentionProblem, lowerAttentionControl, lowerAttentionDelta } from "./kernels.ts";
import { biasGradient } from "./naive.ts";

interface Attention {
  readonly problem: AttentionProblem;
  readonly bias: boolean;
  /** Shared by the forward and backward pass: both drop the same weights. */
  readonly draw: Draw;
}

const needsControl = ({ lengths, dropout }: AttentionProblem): boolean => lengths || dropout > 0;

/** Inputs q, k, v, then bias and lengths where there are; outputs y, lse [batch, heads, queries], control where needed. */
const attentionOp: Op<Attention> = {
  name: "attention",
  gradient({ inputs, outputs, attributes }, [g], needed) {
    if (!g) return [];
    const [q, k, v, ...rest] = inputs as [Value, Value, Value, ...Value[]];
    const [y, lse, control] = outputs as [Value, Value, Value | undefined];
    const { queries, heads, batch } = attributes.problem;
    const bias = attributes.bias ? rest[0] : undefined;
    const statsSpec: Spec = { shape: [batch, heads, queries, 2], dtype: "float32" };
    const stats = applyOne(attentionDeltaOp, [y, g, lse], null, statsSpec);
    const all = [q, k, v, ...(bias ? [bias] : []), ...(control ? [control] : []), g, stats];
    const wanted: Backward = { ...attributes, queries: !!needed[0], keys: !!(needed[1] || needed[2]) };
    const [sizeK, sizeV] = [sizeOf(k.shape), sizeOf(v.shape)];
    const both: Spec = { shape: [sizeK + sizeV], dtype: "float32" };
    const results = apply(attentionBackwardOp, all, wanted, [
      ...(wanted.queries ? [q] : []),
      ...(wanted.keys ? [both] : []),
    ]);
    const dQ = wanted.queries ? results[0] : undefined;
    const dKv = wanted.keys ? (results.at(-1) as Value) : undefined;
    const dK = dKv && reshape(slice(dKv, 0, 0, sizeK), k.shape);
    const dV = dKv && reshape(slice(dKv, 0, sizeK, sizeK + sizeV), v.shape);
    const lengths = attributes.problem.lengths ? rest.at(-1) : undefined;
    const dBias =
      bias && needed[3] ? biasGradient(attributes.problem, { q, k, v, bias, lengths }, lse, stats, g) : undefined;
    return [dQ, dK, dV, dBias];
  },
  draws: ({ attributes: { problem } }) => problem.dropout > 0,
  ranges: ({ inputs, attributes: { problem } }) =>
    problem.lengths ? [attentionLengths(inputs.length - 1, problem.keys)] : [],
  lower({ inputs, outputs, attributes: { problem, bias, draw } }, to) {
    const [q, k, v, ...rest] = inputs.map((input) => to.slot(input)) as [Slot, Slot, Slot, ...Slot[]];
    const [y, lse, control] = outputs.map((output) => to.output(output)) as [Slot, Slot, Slot | undefined];
    if (control) lowerAttentionControl(to, problem, problem.lengths ? rest.at(-1) : undefined, draw, control);
    lowerAttentionForward(to, problem, { q, k, v, bias: bias ? rest[0] : undefined, control }, y, lse);
  },
};

/** Inputs y, its gradient, lse; output [batch, heads, queries, 2]. */
const attentionDeltaOp: Op<null> = {
  name: "attentionDelta",
  lower({ inputs, outputs }, to) {
    const [y, g, lse] = inputs.map((input) => to.slot(input)) as [Slot, Slot, Slot];
    lowerAttentionDelta(to, y, g, lse, to.output(outputs[0] as Value));
  },
};

/** Inputs of the backward operations: q, k, v, bias and control where there are, the gradient of y, the statistics. */
function backwardInputs({ problem, bias }: Attention, slots: readonly Slot[]) {
  const [q, k, v, ...rest] = slots as [Slot, Slot, Slot, ...Slot[]];
  const [g, stats] = rest.slice(-2) as [Slot, Slot];
  const inputs: AttentionInputs = {
    q,
    k,
    v,
    bias: bias ? rest[0] : undefined,
    control: needsControl(problem) ? rest.at(-3) : undefined,
  };
  return { inputs, g, stats };
}

/** An attention, and whose gradients are wanted. */
interface Backward extends Attention {
  readonly queries: boolean;
  readonly keys: boolean;
}

/** Outputs: the gradient of q, and those of k and v one behind the other, as far as they are wanted. */
const attentionBackwardOp: Op<Backward> = {
  name: "attentionBackward",
  lower({ inputs, outputs, attributes }, to) {
    const slots = inputs.map((input) => to.slot(input));
    const from = backwardInputs(attributes, slots);
    const dQ = attributes.queries ? (outputs[0] as Value) : undefined;
    const dKv = attributes.keys ? (outputs.at(-1) as Value) : undefined;
    lowerAttentionBackward(to, attributes.problem, from.inputs, from.g, from.stats, { dQ, dKv });
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
 */
export function scaledDotProductAttention(q: Value, k: Value, v: Value, options: AttentionOptions = {}): Value {
  checkOptions("scaledDotProductAttention", options, attentionKinds);
  const { problem, bias, lengths }: Checked = checkAttention(
    "scaledDotProductAttention",
    q,
    k,
    v,
    options,
    options.dropout ?? 0,
  );
  const { batch, heads, queries, valueDim } = problem;
  const [pq, pk, pv] = [padded(q), padded(k), padded(v)];
  const wide = pv.shape.at(-1) as number;
  const kernelProblem = { ...problem, dim: pq.shape.at(-1) as number, valueDim: wide };
  const inputs = [pq, pk, pv, ...(bias ? [bias] : []), ...(lengths ? [lengths] : [])];
  const specs: Spec[] = [
    { shape: [batch, heads, queries, wide], dtype: "float32" },
    { shape: [batch, heads, queries], dtype: "float32" },
    ...(needsControl(problem) ? [{ shape: [2 + batch], dtype: "uint32" } as const] : []),
  ];
  const attributes: Attention = { problem: kernelProblem, bias: !!bias, draw: takeDraw(1) };
  const y = apply(attentionOp, inputs, attributes, specs)[0] as Value;
  return wide === valueDim ? y : slice(y, -1, 0, valueDim);
}
