/** The parts of recurrentAttention's gradient that sum over the source or over the steps. */

import { applyOne } from "../../graph/apply.ts";
import { type Shape, sizeOf } from "../../graph/shape.ts";
import type { Each, Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { permute, reshape } from "../layout/layout.ts";
import { matmul } from "../matmul/matmul.ts";
import { withinLengths } from "../recurrent/within-lengths.ts";
import { oneThreadPerQuery } from "./ways.ts";

type ScoresGradient = {
  /** [B, S, K] */
  readonly memory: Value;
  /** [..., B, S] */
  readonly weights: Value;
  /** The gradients that arrive. */
  readonly dContext?: Value | undefined;
  readonly dWeights?: Value | undefined;
  readonly lengths?: Value | undefined;
};

const scoresGradientOp: Op<null, ScoresGradient> = {
  name: "recurrentAttentionScoresBackward",
  vectorize(_, inputs, { memory, lengths, ...others }) {
    const areAll = Object.values(others).every((isStacked) => isStacked !== false);
    return memory || lengths || !areAll ? null : { y: scoresGradient(inputs) };
  },
  lower({ inputs, outputs }, to) {
    const { memory, weights, dContext, dWeights, lengths } = to.slots(inputs);
    const d_scores = to.output(outputs.y);
    const [batch, source, valueWidth] = memory.shape as [number, number, number];
    const rows = sizeOf(weights.shape) / source;
    const request = {
      bind: {
        ...{ memory, weights, d_context: dContext ?? weights, d_weights_given: dWeights ?? weights },
        ...{ lengths: lengths ?? weights, d_scores },
      },
      params: {
        rows,
        batch_size: batch,
        seq_len: source,
        value_width: valueWidth,
        has_lengths: lengths ? 1 : 0,
        has_d_context: dContext ? 1 : 0,
        has_d_weights: dWeights ? 1 : 0,
      },
      flops: rows * source * (4 + (dContext ? 2 * valueWidth : 0)),
    };
    if (oneThreadPerQuery(to.adapter)) {
      to.dispatch({
        ...request,
        kernel: kernels.recurrent_attention_scores_serial_backward,
        workgroups: linearWorkgroups(rows),
      });
    } else
      to.dispatch({
        ...request,
        kernel: kernels.recurrent_attention_scores_parallel_backward,
        workgroups: foldWorkgroups(rows),
      });
  },
};

/** Gradient of the scores [..., B, S], given those of context and weights (one at least). */
export const scoresGradient = (inputs: ScoresGradient): Value =>
  applyOne(scoresGradientOp, inputs, null, inputs.weights);

/** Variants of `kernels/attention/recurrent_attention_keys_backward.wgsl`. */
type SumKind = "default" | "additive_keys" | "additive_v";

interface StepSum {
  readonly kind: SumKind;
  /** Sums that are kept apart: the first axis of a, x and the result, where it is not 0. */
  readonly groups: number;
}

type StepSumInputs = {
  /** [..., B, S] */
  readonly a: Value;
  /** [..., B, W] */
  readonly x: Value;
  /** [B, S, W], in the additive kinds. */
  readonly keys?: Value | undefined;
  /** [W], in the additive kinds. */
  readonly v?: Value | undefined;
  /** [B] */
  readonly lengths?: Value | undefined;
};

const sumShape = ({ a, x }: StepSumInputs): Shape => [...a.shape.slice(-2), x.shape.at(-1) as number];

const stepSumOp: Op<StepSum, StepSumInputs> = {
  name: "recurrentAttentionStepSum",
  vectorize({ attributes: { kind, groups } }, inputs, stacked, length) {
    if (groups > 0 || !takesSteps(stacked)) return null;
    const spec = { shape: [length, ...sumShape(inputs)], dtype: "float32" as const };
    return { y: applyOne(stepSumOp, inputs, { kind, groups: length }, spec) };
  },
  // the steps are one more axis to sum over
  vectorizeSum: ({ attributes: { kind, groups } }, inputs, stacked) =>
    groups > 0 || !takesSteps(stacked) ? null : stepSum(kind, inputs),
  lower({ inputs, outputs, attributes: { kind, groups } }, to) {
    const { a, x, keys, v, lengths } = to.slots(inputs);
    const y = to.output(outputs.y);
    const [batch, source, width] = y.shape.slice(-3) as [number, number, number];
    const size = sizeOf(y.shape);
    const queries = sizeOf(a.shape) / (batch * source * Math.max(1, groups));
    to.dispatch({
      kernel: kernels.recurrent_attention_keys_backward,
      variant: kind,
      bind: { a, x, keys: keys ?? a, v: v ?? a, lengths: lengths ?? a, y },
      params: { size, queries, batch_size: batch, seq_len: source, width, has_lengths: lengths ? 1 : 0 },
      workgroups: linearWorkgroups(size),
      flops: 2 * size * queries,
    });
  },
};

/** Whether a and x, and nothing else, have a time axis. */
const takesSteps = ({ a, x, ...others }: Each<StepSumInputs, boolean>): boolean =>
  a && x && !Object.values(others).some(Boolean);

/** Σ over the steps of a ⊗ x, [B, S, W]; see the kernel. */
export function stepSum(kind: SumKind, inputs: StepSumInputs): Value {
  const { a, x, lengths } = inputs;
  if (kind === "default" && a.rank > 2) {
    // for each sequence a product of matrices with a row for each step
    const bySequence = (y: Value) => permute(reshape(y, [-1, ...y.shape.slice(-2)]), [1, 0, 2]);
    const sums = matmul(bySequence(a), bySequence(x), { transposeA: true });
    return lengths ? withinLengths(sums, lengths) : sums;
  }
  return applyOne(stepSumOp, inputs, { kind, groups: 0 }, { shape: sumShape(inputs), dtype: "float32" });
}
