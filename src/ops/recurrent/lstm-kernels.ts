import type { Lowering, Slot } from "../../graph/op.ts";
import { lowerRecurrence } from "./sequence-kernels.ts";
import type { StepShape } from "./step-kernels.ts";

/** One LSTM layer and direction over a whole sequence. */
export interface LstmProblem {
  /** T. */
  length: number;
  /** B. */
  batch: number;
  /** H. */
  hidden: number;
  /**
   * Time runs from T − 1 to 0. The histories then hold h0 and c0 in slot T, and step t reads slot t + 1 and writes slot t,
   * so that the outputs are slots 0 … T − 1 in the order of time.
   */
  reverse: boolean;
}

const SHAPE: StepShape = {
  tile: { forward: [8, 8], backward: [4, 16] },
  units: { forward: 4, backward: 8 },
  quads: { forward: 16, backward: 32 },
};

/**
 * Runs the recurrence.
 * @param projected [T, B, 4H]: x · W_ihᵀ + b_ih, and b_hh where that is not given by itself
 * @param weightHh [4H, H], gate order i f g o
 * @param biasHh [4H]
 * @param hHistory [T + 1, B, H]; slot 0 already holds h0, step t writes slot t + 1 (see `reverse` for the other way round)
 * @param cHistory likewise for c
 * @param gates [T, B, 4H]: receives the activated gates i f g o, for the backward pass
 */
export function lowerLstmForward(
  to: Lowering,
  p: LstmProblem,
  projected: Slot,
  weightHh: Slot,
  biasHh: Slot | undefined,
  hHistory: Slot,
  cHistory: Slot,
  gates: Slot,
): void {
  lowerRecurrence(
    to,
    {
      ...p,
      cell: "lstm",
      direction: "forward",
      gates: 4,
      traffic: 12,
      plain: !biasHh,
      bind: {
        projected,
        weight_hh: weightHh,
        bias_hh: biasHh ?? weightHh,
        h_history: hHistory,
        c_history: cHistory,
        gates,
      },
      params: {
        batch_size: p.batch,
        hidden_size: p.hidden,
        reverse: p.reverse ? 1 : 0,
        has_bias: biasHh ? 1 : 0,
      },
    },
    SHAPE,
  );
}

/**
 * Runs the recurrence backwards. The gradient of h0 is left to the caller: dGates of the first step · weightHh.
 * @param dHs [T, B, H]: gradient of every step's output
 * @param dHLast [B, H]: gradient of the final h beyond that
 * @param dC [B, H]: dL/dc of the final c on entry, of c0 on exit
 * @param dGates [T, B, 4H]: receives the gradients before the gates' activation
 */
export function lowerLstmBackward(
  to: Lowering,
  p: LstmProblem,
  weightHh: Slot,
  gates: Slot,
  cHistory: Slot,
  dHs: Slot | undefined,
  dHLast: Slot | undefined,
  dC: Slot,
  dGates: Slot,
): void {
  lowerRecurrence(
    to,
    {
      ...p,
      cell: "lstm",
      direction: "backward",
      gates: 4,
      traffic: 17,
      bind: {
        weight_hh: weightHh,
        gates,
        c_history: cHistory,
        d_hs: dHs ?? gates,
        d_h_last: dHLast ?? gates,
        d_c: dC,
        d_gates: dGates,
      },
      params: {
        batch_size: p.batch,
        hidden_size: p.hidden,
        seq_len: p.length,
        reverse: p.reverse ? 1 : 0,
        has_d_hs: dHs ? 1 : 0,
        has_d_h_last: dHLast ? 1 : 0,
      },
    },
    SHAPE,
  );
}
