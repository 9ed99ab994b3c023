import type { Lowering, Slot } from "../../graph/op.ts";
import { lowerRecurrence } from "./sequence-kernels.ts";
import type { StepShape } from "./step-kernels.ts";

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
  lowerRecurrence(
    to,
    {
      ...common(p),
      direction: "forward",
      traffic: 3,
      bind: { projected, weight_hh: weightHh, lengths: lengths ?? weightHh, h_history: hHistory },
      params: { ...sizes(p), has_lengths: lengths ? 1 : 0, negative_slope: p.negativeSlope },
    },
    SHAPE,
  );
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
  lowerRecurrence(
    to,
    {
      ...common(p),
      direction: "backward",
      traffic: 4,
      bind: {
        weight_hh: weightHh,
        h: hHistory,
        d_hs: dHs ?? weightHh,
        d_h_last: dHLast ?? weightHh,
        lengths: lengths ?? weightHh,
        d_pre: dPre,
      },
      params: {
        ...sizes(p),
        has_d_hs: dHs ? 1 : 0,
        has_d_h_last: dHLast ? 1 : 0,
        has_lengths: lengths ? 1 : 0,
        negative_slope: p.negativeSlope,
      },
    },
    SHAPE,
  );
}

const common = ({ length, batch, hidden, activation }: RnnProblem) => ({
  cell: "rnn" as const,
  length,
  batch,
  hidden,
  reverse: false,
  gates: 1,
  ...(activation === "tanh" ? {} : { activation }),
});

const sizes = ({ length, batch, hidden }: RnnProblem) => ({
  batch_size: batch,
  hidden_size: hidden,
  seq_len: length,
});

const SHAPE: StepShape = {
  tile: { forward: [4, 16], backward: [4, 16] },
  units: { forward: 8, backward: 8 },
  quads: { forward: 32, backward: 32 },
};
