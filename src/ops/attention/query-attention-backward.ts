/** The parts of queryAttention's gradient that sum over the source or over the steps. */

import { applyOne } from "../../graph/apply.ts";
import type { Slot } from "../../graph/lowering.ts";
import { type Shape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/attention.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { permute, reshape } from "../layout/layout.ts";
import { matmul } from "../matmul/matmul.ts";
import { withinLengths } from "../recurrent/within-lengths.ts";

/** Which gradients arrive. */
interface Arriving {
  readonly context: boolean;
  readonly weights: boolean;
  /** Whether there are lengths. */
  readonly lengths: boolean;
}

/** Inputs: memory [B, S, K], weights [..., B, S], then the gradients of context and weights and the lengths that there are. */
const scoresGradientOp: Op<Arriving> = {
  name: "queryAttentionScoresBackward",
  vectorize({ attributes }, inputs, stacked) {
    const [isMemoryStacked, ...others] = stacked;
    const areLengthsStacked = attributes.lengths && others.pop();
    if (isMemoryStacked || areLengthsStacked || !others.every(Boolean)) return null;
    return [applyOne(scoresGradientOp, inputs, attributes, inputs[1] as Value)];
  },
  lower({ inputs, outputs, attributes }, to) {
    const [memory, weights, ...given] = inputs.map((input) => to.slot(input)) as [Slot, Slot, ...Slot[]];
    const dContext = attributes.context ? given.shift() : undefined;
    const dWeights = attributes.weights ? given.shift() : undefined;
    const lengths = attributes.lengths ? given.shift() : undefined;
    const d_scores = to.output(outputs[0] as Value);
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
    if (to.adapter.kind === "software") {
      to.dispatch({
        ...request,
        kernel: kernels.query_attention_scores_serial_backward,
        workgroups: linearWorkgroups(rows),
      });
    } else
      to.dispatch({ ...request, kernel: kernels.query_attention_scores_backward, workgroups: foldWorkgroups(rows) });
  },
};

/** Gradient of the scores [..., B, S], given those of context and weights (one at least). */
export function scoresGradient(
  memory: Value,
  weights: Value,
  dContext: Value | undefined,
  dWeights: Value | undefined,
  lengths: Value | undefined,
): Value {
  const given = [dContext, dWeights, lengths].filter((value) => value !== undefined);
  const attributes = { context: !!dContext, weights: !!dWeights, lengths: !!lengths };
  return applyOne(scoresGradientOp, [memory, weights, ...given], attributes, weights);
}

/** Variants of `kernels/attention/query_attention_keys_backward.wgsl`. */
type SumKind = "default" | "additive_keys" | "additive_v";

interface StepSum {
  readonly kind: SumKind;
  /** Sums that are kept apart: the first axis of a, x and the result, where it is not 0. */
  readonly groups: number;
  /** Whether there are lengths, the last of the inputs. */
  readonly lengths: boolean;
}

const sumShape = (a: Value, x: Value): Shape => [...a.shape.slice(-2), x.shape.at(-1) as number];

/** Inputs: a [..., B, S], x [..., B, W], in the additive kinds keys [B, S, W] and v [W], and lengths [B] where there are. */
const stepSumOp: Op<StepSum> = {
  name: "queryAttentionStepSum",
  vectorize({ attributes: { kind, groups, lengths } }, inputs, stacked, length) {
    if (groups > 0 || !takesSteps(stacked)) return null;
    const shape = [length, ...sumShape(inputs[0] as Value, inputs[1] as Value)];
    return [applyOne(stepSumOp, inputs, { kind, groups: length, lengths }, { shape, dtype: "float32" })];
  },
  vectorizeSum({ attributes: { kind, groups, lengths } }, inputs, stacked) {
    // the steps are one more axis to sum over
    if (groups > 0 || !takesSteps(stacked)) return null;
    return sumOf(kind, inputs, lengths);
  },
  lower({ inputs, outputs, attributes: { kind, groups, lengths: hasLengths } }, to) {
    const [a, x, ...rest] = inputs.map((input) => to.slot(input)) as [Slot, Slot, ...Slot[]];
    const lengths = hasLengths ? rest.pop() : undefined;
    const [keys, v] = rest;
    const y = to.output(outputs[0] as Value);
    const [batch, source, width] = y.shape.slice(-3) as [number, number, number];
    const size = sizeOf(y.shape);
    const steps = sizeOf(a.shape) / (batch * source * Math.max(1, groups));
    to.dispatch({
      kernel: kernels.query_attention_keys_backward,
      variant: kind,
      bind: { a, x, keys: keys ?? a, v: v ?? a, lengths: lengths ?? a, y },
      params: { size, steps, batch_size: batch, seq_len: source, width, has_lengths: lengths ? 1 : 0 },
      workgroups: linearWorkgroups(size),
      flops: 2 * size * steps,
    });
  },
};

/** Whether a and x, and nothing else, have a time axis. */
const takesSteps = ([a, x, ...others]: readonly boolean[]): boolean => !!a && !!x && !others.some(Boolean);

function sumOf(kind: SumKind, inputs: readonly Value[], hasLengths: boolean): Value {
  const [a, x] = inputs as [Value, Value];
  if (kind === "default" && a.rank > 2) {
    // for each sequence a product of matrices with a row for each step
    const bySequence = (y: Value) => permute(reshape(y, [-1, ...y.shape.slice(-2)]), [1, 0, 2]);
    const sums = matmul(bySequence(a), bySequence(x), { transposeA: true });
    return hasLengths ? withinLengths(sums, inputs.at(-1) as Value) : sums;
  }
  return applyOne(
    stepSumOp,
    inputs,
    { kind, groups: 0, lengths: hasLengths },
    { shape: sumShape(a, x), dtype: "float32" },
  );
}

/** Σ over the steps of a ⊗ x, [B, S, W]; see the kernel. */
export const stepSum = (
  kind: SumKind,
  a: Value,
  x: Value,
  lengths: Value | undefined,
  additive?: { readonly keys: Value; readonly v: Value },
): Value =>
  sumOf(kind, [a, x, ...(additive ? [additive.keys, additive.v] : []), ...(lengths ? [lengths] : [])], !!lengths);
