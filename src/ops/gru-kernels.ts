import type { AdapterProfile, Lowering, Slot } from "../graph/op.ts";
import { foldWorkgroups } from "./matmul-kernels.ts";
import {
  type Direction,
  kernelOf,
  prefersOneRow,
  ROWS,
  type StepKernel,
  type StepKernels,
  stepKernel,
  stepOf,
  vectorizes,
} from "./step-kernels.ts";

/** One GRU layer over a whole sequence. */
export interface GruProblem {
  /** T. */
  readonly length: number;
  /** B. */
  readonly batch: number;
  /** H. */
  readonly hidden: number;
  /** Whether the reset gate is applied after the recurrent matmul, or to the state before it. */
  readonly resetAfter: boolean;
}

/**
 * Runs the recurrence.
 * @param projected [T, B, 3H]: x · W_ihᵀ and the biases, but for b_hn where the reset comes after the matmul
 * @param weightHh [3H, H], gate order r z n
 * @param biasHn [H], only where the reset comes after the matmul
 * @param hHistory [T + 1, B, H]; slot 0 already holds h0, step t writes slot t + 1
 * @param gates [T, B, 4H]: receives r z n and what r multiplied (reset after: q) or gave (reset before: s = r·h)
 * @param lengths [B] of int32: rows keep their state from there on
 */
export function lowerGruForward(
  to: Lowering,
  p: GruProblem,
  projected: Slot,
  weightHh: Slot,
  biasHn: Slot | undefined,
  hHistory: Slot,
  gates: Slot,
  lengths: Slot | undefined,
): void {
  const size = p.batch * p.hidden;
  const slots = [projected, weightHh, hHistory, gates, ...(biasHn ? [biasHn] : [])];
  const kernel = kernelFor("forward", to, p, slots);
  for (let time = 0; time < p.length; time++) {
    to.dispatch({
      ...kernelOf(kernel),
      bind: {
        projected: stepOf(projected, time),
        weight_hh: weightHh,
        ...(p.resetAfter ? { bias_hn: biasHn ?? weightHh } : {}),
        lengths: lengths ?? weightHh,
        h_history: hHistory,
        gates: stepOf(gates, time),
      },
      params: {
        batch_size: p.batch,
        hidden_size: p.hidden,
        seq_len: p.length,
        time,
        h_read: time * size,
        h_write: (time + 1) * size,
        ...(p.resetAfter ? { has_bias: biasHn ? 1 : 0 } : {}),
        has_lengths: lengths ? 1 : 0,
        ...kernel.params,
      },
      workgroups: foldWorkgroups("gru", kernel.workgroups, to.adapter),
      flops: 6 * size * p.hidden,
    });
  }
}

/** Where the backward pass reads and writes. */
export interface GruGradients {
  /** [T, B, H]: gradient of every step's output. */
  readonly dHs: Slot | undefined;
  /** [B, H]: gradient of the final h on entry; on exit that of h0, but for the part through the matmul of the first step. */
  readonly dH: Slot;
  /** [T, B, 3H]: receives dr dz dn before the activations. */
  readonly dProjected: Slot;
  /** [T, B, 3H], reset after only: receives dr dz dn·r, the gradients of h · W_hhᵀ. */
  readonly dHidden: Slot | undefined;
}

/** Runs the recurrence backwards. */
export function lowerGruBackward(
  to: Lowering,
  p: GruProblem,
  weightHh: Slot,
  hHistory: Slot,
  gates: Slot,
  lengths: Slot | undefined,
  { dHs, dH, dProjected, dHidden }: GruGradients,
): void {
  const size = p.batch * p.hidden;
  const slots = [weightHh, hHistory, gates, dH, dProjected, ...(dHs ? [dHs] : []), ...(dHidden ? [dHidden] : [])];
  const kernel = kernelFor("backward", to, p, slots);
  for (let time = p.length - 1; time >= 0; time--) {
    const recurrent = time < p.length - 1;
    const [read, write] = [(recurrent ? time + 1 : time) * 3 * size, time * 3 * size];
    to.dispatch({
      ...kernelOf(kernel),
      bind: {
        weight_hh: weightHh,
        gates: stepOf(gates, time),
        h: stepOf(hHistory, time),
        d_hs: dHs ? stepOf(dHs, time) : weightHh,
        lengths: lengths ?? weightHh,
        d_h: dH,
        ...(dHidden ? { d_projected: stepOf(dProjected, time), d_hidden: dHidden } : { d_projected: dProjected }),
      },
      params: {
        batch_size: p.batch,
        hidden_size: p.hidden,
        seq_len: p.length,
        time,
        ...(dHidden ? { d_hidden_read: read, d_hidden_write: write } : { d_read: read, d_write: write }),
        has_recurrent: recurrent ? 1 : 0,
        has_d_hs: dHs ? 1 : 0,
        has_lengths: lengths ? 1 : 0,
        ...kernel.params,
      },
      workgroups: foldWorkgroups("gru", kernel.workgroups, to.adapter),
      flops: recurrent ? 6 * size * p.hidden : 0,
    });
  }
}

const AFTER_KERNELS: StepKernels = {
  name: "gru_step",
  tile: { forward: [8, 8], backward: [4, 16] },
  units: { forward: 4, backward: 8 },
};

function kernelFor(direction: Direction, to: Lowering, p: GruProblem, slots: readonly Slot[]): StepKernel {
  return p.resetAfter
    ? stepKernel(AFTER_KERNELS, direction, to.adapter, p, slots)
    : beforeKernel(direction, to.adapter, p, slots);
}

/** The candidate's matmul needs all of a row's reset gates: a workgroup owns whole rows, so that one dispatch serves. */
function beforeKernel(
  direction: Direction,
  adapter: AdapterProfile,
  { batch, hidden }: GruProblem,
  slots: readonly Slot[],
): StepKernel {
  const name = "gru_before_step";
  if (adapter.kind === "hardware") return { name: `${name}_naive_${direction}`, variant: "wide", workgroups: batch };
  if (!vectorizes(hidden, slots)) return { name: `${name}_naive_${direction}`, workgroups: batch };
  if (prefersOneRow(batch)) return { name: `${name}_${direction}`, variant: "row", workgroups: batch };
  return { name: `${name}_${direction}`, workgroups: Math.ceil(batch / ROWS) };
}
