import type { AdapterProfile, Lowering, Slot } from "../../graph/op.ts";
import { preferredQuads, wholeRows } from "./quad-kernels.ts";
import { lowerRecurrence, lowerSequence, recurrenceKey } from "./sequence-kernels.ts";
import {
  type ChosenKernel,
  lowerSteps,
  type Recurrence,
  type StepShape,
  vectorizes,
  withFloat32Weights,
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
 * @param projected [T, B, 3H]: x · W_ihᵀ + b_ih, and b_hh too where the reset comes before the matmul
 * @param weightHh [3H, H], gate order r z n
 * @param biasHh [3H], only where the reset comes after the matmul
 * @param hHistory [T + 1, B, H]; slot 0 already holds h0, step t writes slot t + 1
 * @param gates [T, B, 4H]: receives r z n and what r multiplied (reset after: q) or gave (reset before: s = r·h)
 * @param lengths [B] of int32: rows keep their state from there on
 */
export function lowerGruForward(
  to: Lowering,
  p: GruProblem,
  projected: Slot,
  weightHh: Slot,
  biasHh: Slot | undefined,
  hHistory: Slot,
  gates: Slot,
  lengths: Slot | undefined,
): void {
  lowerGru(to, {
    ...common(p),
    direction: "forward",
    traffic: 9,
    bind: {
      projected,
      weight_hh: weightHh,
      ...(p.resetAfter ? { bias_hh: biasHh ?? weightHh } : {}),
      lengths: lengths ?? weightHh,
      h_history: hHistory,
      gates,
    },
    params: {
      ...sizes(p),
      ...(p.resetAfter ? { has_bias: biasHh ? 1 : 0 } : {}),
      has_lengths: lengths ? 1 : 0,
    },
  });
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
  lowerGru(to, {
    ...common(p),
    direction: "backward",
    traffic: p.resetAfter ? 17 : 14,
    bind: {
      weight_hh: weightHh,
      gates,
      h: hHistory,
      d_hs: dHs ?? weightHh,
      lengths: lengths ?? weightHh,
      d_h: dH,
      d_projected: dProjected,
      ...(dHidden ? { d_hidden: dHidden } : {}),
    },
    params: { ...sizes(p), has_d_hs: dHs ? 1 : 0, has_lengths: lengths ? 1 : 0 },
  });
}

const common = ({ length, batch, hidden, resetAfter }: GruProblem) => ({
  cell: resetAfter ? ("gru" as const) : ("gru_before" as const),
  length,
  batch,
  hidden,
  reverse: false,
  gates: 3,
});

const sizes = ({ length, batch, hidden }: GruProblem) => ({
  batch_size: batch,
  hidden_size: hidden,
  seq_len: length,
});

const AFTER: StepShape = {
  tile: { forward: [8, 8], backward: [4, 16] },
  units: { forward: 4, backward: 8 },
  quads: { forward: 16, backward: 32 },
};

function lowerGru(to: Lowering, r: Recurrence): void {
  if (r.cell === "gru") lowerRecurrence(to, r, AFTER);
  else lowerBefore(to, r);
}

/** The candidate's matmul needs all of a row's reset gates: a workgroup owns whole rows, so that one dispatch serves. */
function lowerBefore(to: Lowering, given: Recurrence): void {
  const inRegisters = to.adapter.kind === "software" && vectorizes(given);
  const r = inRegisters ? given : withFloat32Weights(to, given);
  const sequences = inRegisters ? wholeRows(to.adapter, r) : [];
  const ways = {
    steps: () => lowerSteps(to, r, inRegisters ? rowsKernel(r) : baseline(to.adapter, r)),
    ...Object.fromEntries(sequences.map((each) => [each.way, () => lowerSequence(to, r, each)])),
  };
  const naive = () => lowerSteps(to, withFloat32Weights(to, r), baseline(to.adapter, r));
  to.choose({ key: recurrenceKey(r), ways, rule: preferredQuads(sequences, r)?.way ?? "steps", naive });
}

const baseline = ({ kind }: AdapterProfile, { batch, direction }: Recurrence): ChosenKernel => ({
  name: `gru_before_step_naive_${direction}`,
  variant: kind === "hardware" ? "wide" : undefined,
  workgroups: batch,
});

function rowsKernel({ batch, direction }: Recurrence): ChosenKernel {
  const name = `gru_before_step_${direction}`;
  return batch < 4 ? { name, variant: "row", workgroups: batch } : { name, workgroups: Math.ceil(batch / 8) };
}
