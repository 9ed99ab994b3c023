import type { Lowering, Slot } from "../graph/op.ts";
import { foldWorkgroups } from "./matmul-kernels.ts";
import { type Direction, kernelOf, type StepKernels, stepKernel, stepOf } from "./step-kernels.ts";

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
  const kernel = kernelFor("forward", to, p, [projected, weightHh, hHistory]);
  for (let time = 0; time < p.length; time++) {
    to.dispatch({
      ...kernelOf(kernel),
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
  const kernel = kernelFor("backward", to, p, slots);
  for (let time = p.length - 1; time >= 0; time--) {
    const recurrent = time < p.length - 1;
    to.dispatch({
      ...kernelOf(kernel),
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

const KERNELS: StepKernels = {
  name: "rnn_step",
  tile: { forward: [4, 16], backward: [4, 16] },
  units: { forward: 8, backward: 8 },
};

/** Variants are named by rows and activation. */
function kernelFor(direction: Direction, to: Lowering, p: RnnProblem, slots: readonly Slot[]) {
  const kernel = stepKernel(KERNELS, direction, to.adapter, p, slots);
  const parts = [kernel.variant, p.activation === "tanh" ? undefined : p.activation].filter((part) => part);
  return { ...kernel, variant: parts.join("_") };
}
