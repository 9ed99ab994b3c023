import type { AdapterProfile, Lowering, Slot } from "../graph/op.ts";
import { foldWorkgroups } from "./matmul-kernels.ts";
import { type StepKernel, stepOf, tiled, vectorizes } from "./step-kernels.ts";

export type RnnActivation = "tanh" | "relu" | "leaky_relu" | "sigmoid" | "identity";

/** One Elman layer over a whole sequence. */
export interface RnnProblem {
  /** T. */
  readonly length: number;
  /** B. */
  readonly batch: number;
  /** H. */
  readonly hidden: number;
  readonly activation: RnnActivation;
  /** Of leaky_relu. */
  readonly negativeSlope: number;
}

/**
 * Runs the recurrence.
 * @param projected [T, B, H]: x · W_ihᵀ and both biases
 * @param weightHh [H, H]
 * @param hHistory [T + 1, B, H]; slot 0 already holds h0, step t writes slot t + 1
 * @param lengths [B] of int32: rows keep their state from there on
 */
export function lowerRnnForward(
  to: Lowering,
  p: RnnProblem,
  projected: Slot,
  weightHh: Slot,
  hHistory: Slot,
  lengths: Slot | undefined,
): void {
  const size = p.batch * p.hidden;
  const kernel = stepKernel(to.adapter, "forward", p, [projected, weightHh, hHistory]);
  for (let time = 0; time < p.length; time++) {
    to.dispatch({
      kernel: kernel.name,
      variant: variantOf(p),
      bind: {
        projected: stepOf(projected, time),
        weight_hh: weightHh,
        lengths: lengths ?? weightHh,
        h_history: hHistory,
      },
      params: {
        batch_size: p.batch,
        hidden_size: p.hidden,
        seq_len: p.length,
        time,
        h_read: time * size,
        h_write: (time + 1) * size,
        has_lengths: lengths ? 1 : 0,
        negative_slope: p.negativeSlope,
        ...kernel.params,
      },
      workgroups: foldWorkgroups("rnn", kernel.workgroups, to.adapter),
      flops: 2 * size * p.hidden,
    });
  }
}

/**
 * Runs the recurrence backwards. The gradient of h0 is left to the caller: dPre of the first step · weightHh.
 * @param dHs [T, B, H]: gradient of every step's output
 * @param dHLast [B, H]: gradient of the final h
 * @param dPre [T, B, H]: receives the gradients before the activation
 */
export function lowerRnnBackward(
  to: Lowering,
  p: RnnProblem,
  weightHh: Slot,
  hHistory: Slot,
  dHs: Slot | undefined,
  dHLast: Slot | undefined,
  lengths: Slot | undefined,
  dPre: Slot,
): void {
  const size = p.batch * p.hidden;
  const slots = [weightHh, hHistory, dPre, ...(dHs ? [dHs] : []), ...(dHLast ? [dHLast] : [])];
  const kernel = stepKernel(to.adapter, "backward", p, slots);
  for (let time = p.length - 1; time >= 0; time--) {
    const recurrent = time < p.length - 1;
    to.dispatch({
      kernel: kernel.name,
      variant: variantOf(p),
      bind: {
        weight_hh: weightHh,
        h: stepOf(hHistory, time + 1),
        d_hs: dHs ? stepOf(dHs, time) : weightHh,
        d_h_last: dHLast ?? weightHh,
        lengths: lengths ?? weightHh,
        d_pre: dPre,
      },
      params: {
        batch_size: p.batch,
        hidden_size: p.hidden,
        seq_len: p.length,
        time,
        d_pre_read: (recurrent ? time + 1 : time) * size,
        d_pre_write: time * size,
        has_recurrent: recurrent ? 1 : 0,
        has_d_hs: dHs ? 1 : 0,
        has_d_h_last: dHLast ? 1 : 0,
        has_lengths: lengths ? 1 : 0,
        negative_slope: p.negativeSlope,
        ...kernel.params,
      },
      workgroups: foldWorkgroups("rnn", kernel.workgroups, to.adapter),
      flops: recurrent ? 2 * size * p.hidden : 0,
    });
  }
}

const variantOf = ({ activation }: RnnProblem): string => (activation === "tanh" ? "default" : activation);

/** Threads of a workgroup in the naive kernels; blocks of a workgroup in the register kernels. */
const NAIVE_WORKGROUP = 64;
const BLOCKS = 8;
/** Batch rows that a thread of the register kernels owns; with fewer than half of them one row per thread is faster. */
const ROWS = 8;

function stepKernel(
  adapter: AdapterProfile,
  direction: "forward" | "backward",
  { batch, hidden }: RnnProblem,
  slots: readonly Slot[],
): StepKernel {
  if (adapter.kind === "hardware") {
    return tiled(`rnn_step_tiled_${direction}`, Math.ceil(batch / 4), Math.ceil(hidden / 16));
  }
  if (!vectorizes(hidden, slots)) {
    return { name: `rnn_step_naive_${direction}`, workgroups: Math.ceil((batch * hidden) / NAIVE_WORKGROUP) };
  }
  const oneRow = batch < ROWS / 2;
  const [rows, units] = oneRow ? [batch, hidden / 4] : [Math.ceil(batch / ROWS), Math.ceil(hidden / 8)];
  return {
    name: oneRow ? `rnn_step_row_${direction}` : `rnn_step_${direction}`,
    workgroups: Math.ceil((rows * units) / BLOCKS),
    params: { unit_blocks: units },
  };
}
