import type { AdapterProfile, Lowering, Slot } from "../graph/op.ts";
import type { Shape } from "../graph/shape.ts";
import { sizeOf } from "../graph/shape.ts";
import { foldWorkgroups } from "./matmul-kernels.ts";

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
  const kernel = forwardKernel(to.adapter, p, [projected, weightHh, hHistory, cHistory, gates]);
  for (const step of forwardSteps(p)) {
    to.dispatch({
      kernel: kernel.name,
      bind: {
        projected: at(projected, step.time, [p.batch, 4 * p.hidden]),
        weight_hh: weightHh,
        h_history: hHistory,
        c_history: cHistory,
        gates: at(gates, step.time, [p.batch, 4 * p.hidden]),
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
  const kernel = backwardKernel(to.adapter, p, slots);
  let following: Step | undefined;
  for (const step of forwardSteps(p).reverse()) {
    const withLast = !following && dHLast !== undefined;
    to.dispatch({
      kernel: kernel.name,
      bind: {
        weight_hh: weightHh,
        gates: at(gates, step.time, [p.batch, 4 * p.hidden]),
        c_history: cHistory,
        d_hs: dHs ? at(dHs, step.time, [p.batch, p.hidden]) : gates,
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

/** A kernel for one step with what its dispatch needs beyond the step. */
interface StepKernel {
  readonly name: string;
  readonly workgroups: number;
  readonly params?: Readonly<Record<string, number>>;
}

/** Threads of a workgroup: in the register kernels few, so that even a small step is shared out evenly. */
const NAIVE_WORKGROUP = 64;
const REGISTER_WORKGROUP = 8;
/** Batch rows that a thread of the register kernels owns; with fewer than half of them one row per thread is faster. */
const ROWS = 8;

function forwardKernel(adapter: AdapterProfile, { batch, hidden }: LstmProblem, slots: readonly Slot[]): StepKernel {
  if (adapter.kind === "hardware") {
    return tiled("lstm_step_tiled_forward", Math.ceil(batch / 8), Math.ceil(hidden / 8));
  }
  if (!vectorizes(hidden, slots)) {
    return { name: "lstm_step_naive_forward", workgroups: Math.ceil((batch * hidden) / NAIVE_WORKGROUP) };
  }
  const units = hidden / 4;
  if (batch < ROWS / 2) {
    return { name: "lstm_step_row_forward", workgroups: Math.ceil((batch * units) / REGISTER_WORKGROUP) };
  }
  return {
    name: "lstm_step_forward",
    workgroups: Math.ceil((Math.ceil(batch / ROWS) * units) / REGISTER_WORKGROUP),
  };
}

function backwardKernel(adapter: AdapterProfile, { batch, hidden }: LstmProblem, slots: readonly Slot[]): StepKernel {
  if (adapter.kind === "hardware") {
    return tiled("lstm_step_tiled_backward", Math.ceil(batch / 4), Math.ceil(hidden / 16));
  }
  if (!vectorizes(hidden, slots)) {
    return { name: "lstm_step_naive_backward", workgroups: Math.ceil((batch * hidden) / NAIVE_WORKGROUP) };
  }
  if (batch < ROWS / 2) {
    const units = hidden / 4;
    return {
      name: "lstm_step_row_backward",
      workgroups: Math.ceil((batch * units) / REGISTER_WORKGROUP),
      params: { unit_blocks: units },
    };
  }
  const units = Math.ceil(hidden / 8);
  return {
    name: "lstm_step_backward",
    workgroups: Math.ceil((Math.ceil(batch / ROWS) * units) / REGISTER_WORKGROUP),
    params: { unit_blocks: units },
  };
}

/** GPUs: tiles in workgroup memory, one workgroup per tile. */
const tiled = (name: string, rowTiles: number, unitTiles: number): StepKernel => ({
  name,
  workgroups: rowTiles * unitTiles,
  params: { row_tiles: rowTiles, unit_tiles: unitTiles },
});

/** Whether everything can be read as vec4. */
const vectorizes = (hidden: number, slots: readonly Slot[]): boolean =>
  hidden % 4 === 0 && slots.every(({ offset }) => offset % 4 === 0);

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

/** Part `index` of a slot that is a row of parts of the given shape. */
function at(slot: Slot, index: number, shape: Shape): Slot {
  return { ...slot, offset: slot.offset + index * sizeOf(shape), shape };
}
