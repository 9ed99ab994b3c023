import type { Lowering, Slot } from "../graph/op.ts";
import { foldWorkgroups } from "./matmul-kernels.ts";
import { kernelOf, type StepKernels, stepKernel, stepOf } from "./step-kernels.ts";

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

const KERNELS: StepKernels = {
  name: "lstm_step",
  tile: { forward: [8, 8], backward: [4, 16] },
  units: { forward: 4, backward: 8 },
};

/**
 * Runs the recurrence.
 * @param projected [T, B, 4H]: x · W_ihᵀ + b_ih + b_hh
 * @param weightHh [4H, H], gate order i f g o
 * @param hHistory [T + 1, B, H]; slot 0 already holds h0, step t writes slot t + 1 (see `reverse` for the other way round)
 * @param cHistory likewise for c
 * @param gates [T, B, 4H]: receives the activated gates i f g o, for the backward pass
 */
export function lowerLstmForward(
  to: Lowering,
  p: LstmProblem,
  projected: Slot,
  weightHh: Slot,
  hHistory: Slot,
  cHistory: Slot,
  gates: Slot,
): void {
  const size = p.batch * p.hidden;
  const slots = [projected, weightHh, hHistory, cHistory, gates];
  const kernel = stepKernel(KERNELS, "forward", to.adapter, p, slots);
  for (const step of forwardSteps(p)) {
    to.dispatch({
      ...kernelOf(kernel),
      bind: {
        projected: stepOf(projected, step.time),
        weight_hh: weightHh,
        h_history: hHistory,
        c_history: cHistory,
        gates: stepOf(gates, step.time),
      },
      params: {
        batch_size: p.batch,
        hidden_size: p.hidden,
        h_read: step.before * size,
        h_write: step.after * size,
        c_read: step.before * size,
        c_write: step.after * size,
        ...kernel.params,
      },
      workgroups: foldWorkgroups("lstm", kernel.workgroups, to.adapter),
      flops: 8 * size * p.hidden,
      // one step's part of the histories, which are bound whole
      bytes: 4 * (4 * p.hidden ** 2 + 12 * size),
    });
  }
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
  const size = p.batch * p.hidden;
  const slots = [weightHh, gates, cHistory, dC, dGates, ...(dHs ? [dHs] : []), ...(dHLast ? [dHLast] : [])];
  const kernel = stepKernel(KERNELS, "backward", to.adapter, p, slots);
  let following: Step | undefined;
  for (const step of forwardSteps(p).reverse()) {
    const withLast = !following && dHLast !== undefined;
    to.dispatch({
      ...kernelOf(kernel),
      bind: {
        weight_hh: weightHh,
        gates: stepOf(gates, step.time),
        c_history: cHistory,
        d_hs: dHs ? stepOf(dHs, step.time) : gates,
        d_h_last: withLast ? dHLast : gates,
        d_c: dC,
        d_gates: dGates,
      },
      params: {
        batch_size: p.batch,
        hidden_size: p.hidden,
        c_before: step.before * size,
        c_after: step.after * size,
        d_gates_read: (following ?? step).time * 4 * size,
        d_gates_write: step.time * 4 * size,
        has_recurrent: following ? 1 : 0,
        has_d_hs: dHs ? 1 : 0,
        has_d_h_last: withLast ? 1 : 0,
        ...kernel.params,
      },
      workgroups: foldWorkgroups("lstm", kernel.workgroups, to.adapter),
      flops: following ? 8 * size * p.hidden : 0,
      bytes: 4 * (following ? 4 * p.hidden ** 2 + 17 * size : 13 * size),
    });
    following = step;
  }
}

/** One step of the recurrence: the time it reads its input at, and the history slots it reads and writes. */
interface Step {
  readonly time: number;
  readonly before: number;
  readonly after: number;
}

/** The steps in the order in which the forward pass takes them. */
function forwardSteps({ length, reverse }: LstmProblem): Step[] {
  return Array.from({ length }, (_, i) =>
    reverse
      ? { time: length - 1 - i, before: length - i, after: length - 1 - i }
      : { time: i, before: i, after: i + 1 },
  );
}
