import type { AdapterProfile, Lowering, Slot } from "../graph/op.ts";
import { foldWorkgroups } from "./matmul-kernels.ts";
import { type StepKernel, stepOf, tiled, vectorizes } from "./step-kernels.ts";

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

/** One dispatch of a step. */
interface StepDispatch extends StepKernel {
  readonly variant?: string;
  /** Of the step's three matmuls. */
  readonly matmuls: number;
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
  const kernels = p.resetAfter ? [afterKernel(to.adapter, "forward", p, slots)] : beforeForward(to.adapter, p, slots);
  for (let time = 0; time < p.length; time++) {
    for (const kernel of kernels) {
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
        flops: 2 * size * p.hidden * kernel.matmuls,
      });
    }
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
  const kernels = p.resetAfter ? [afterKernel(to.adapter, "backward", p, slots)] : beforeBackward(to.adapter, p, slots);
  for (let time = p.length - 1; time >= 0; time--) {
    const recurrent = time < p.length - 1;
    const [read, write] = [(recurrent ? time + 1 : time) * 3 * size, time * 3 * size];
    for (const kernel of kernels) {
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
        flops: recurrent ? 2 * size * p.hidden * kernel.matmuls : 0,
      });
    }
  }
}

const kernelOf = ({ name, variant }: StepDispatch) => ({ kernel: name, ...(variant ? { variant } : {}) });

/** Threads of a workgroup in the naive kernels; blocks of a workgroup in the register kernels. */
const NAIVE_WORKGROUP = 64;
const BLOCKS = 8;
/** Batch rows that a thread of the register kernels owns; with fewer than half of them one row per thread is faster. */
const ROWS = 8;
/** Floats of a batch row, or of 8, that the fused reset-before kernels keep in workgroup memory. */
const WORKGROUP_FLOATS = 4096;

const naive = (name: string, { batch, hidden }: GruProblem, matmuls: number): StepDispatch => ({
  name,
  workgroups: Math.ceil((batch * hidden) / NAIVE_WORKGROUP),
  matmuls,
});

function afterKernel(
  adapter: AdapterProfile,
  direction: "forward" | "backward",
  p: GruProblem,
  slots: readonly Slot[],
): StepDispatch {
  const { batch, hidden } = p;
  const forward = direction === "forward";
  if (adapter.kind === "hardware") {
    const [rows, units] = forward ? [8, 8] : [4, 16];
    return {
      ...tiled(`gru_step_tiled_${direction}`, Math.ceil(batch / rows), Math.ceil(hidden / units)),
      matmuls: 3,
    };
  }
  if (!vectorizes(hidden, slots)) return naive(`gru_step_naive_${direction}`, p, 3);
  const oneRow = batch < ROWS / 2;
  const units = oneRow || forward ? hidden / 4 : Math.ceil(hidden / 8);
  const rows = oneRow ? batch : Math.ceil(batch / ROWS);
  return {
    name: oneRow ? `gru_step_row_${direction}` : `gru_step_${direction}`,
    workgroups: Math.ceil((rows * units) / BLOCKS),
    params: { unit_blocks: units },
    matmuls: 3,
  };
}

const beforeForward = (adapter: AdapterProfile, p: GruProblem, slots: readonly Slot[]): StepDispatch[] => {
  const fused = beforeKernel(adapter, "forward", p, slots);
  if (fused) return [fused];
  return [naive("gru_before_gates_naive_forward", p, 2), naive("gru_before_candidate_naive_forward", p, 1)];
};

const beforeBackward = (adapter: AdapterProfile, p: GruProblem, slots: readonly Slot[]): StepDispatch[] => {
  const fused = beforeKernel(adapter, "backward", p, slots);
  if (fused) return [fused];
  return [naive("gru_before_candidate_naive_backward", p, 2), naive("gru_before_gates_naive_backward", p, 1)];
};

/** The candidate's matmul needs all of a row's reset gates: one dispatch serves where a workgroup can hold whole rows. */
function beforeKernel(
  adapter: AdapterProfile,
  direction: "forward" | "backward",
  { batch, hidden }: GruProblem,
  slots: readonly Slot[],
): StepDispatch | undefined {
  if (hidden > WORKGROUP_FLOATS || adapter.limits.maxComputeWorkgroupStorageSize < 4 * WORKGROUP_FLOATS)
    return undefined;
  const name = "gru_before_step";
  const one = tileVariant(hidden);
  if (adapter.kind === "hardware") {
    const variant = one === "default" ? "wide" : `wide_${one}`;
    return { name: `${name}_scalar_${direction}`, variant, workgroups: batch, matmuls: 3 };
  }
  if (!vectorizes(hidden, slots)) {
    return { name: `${name}_scalar_${direction}`, variant: one, workgroups: batch, matmuls: 3 };
  }
  if (batch < ROWS / 2 || hidden * ROWS > WORKGROUP_FLOATS) {
    return { name: `${name}_row_${direction}`, variant: one, workgroups: batch, matmuls: 3 };
  }
  const variant = tileVariant(hidden * ROWS);
  return { name: `${name}_${direction}`, variant, workgroups: Math.ceil(batch / ROWS), matmuls: 3 };
}

/** Which variant's workgroup memory holds so many floats. */
const tileVariant = (floats: number): "small" | "medium" | "default" =>
  floats <= 256 ? "small" : floats <= 1024 ? "medium" : "default";
