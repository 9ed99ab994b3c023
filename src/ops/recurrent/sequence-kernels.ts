/** A recurrence over a whole sequence: as a loop of dispatches, or as a loop inside each workgroup of one dispatch. */
import type { AdapterProfile, Lowering } from "../../graph/lowering.ts";
import { cells, type Recurrence } from "./cells.ts";
import { baselineOfWholeRows, kernelOfWholeRows } from "./gru-before-kernels.ts";
import { preferredQuads, quadKernels, wholeRows } from "./quad-kernels.ts";
import {
  type ChosenKernel,
  dispatchOf,
  float16Variant,
  lowerSteps,
  naiveKernel,
  rowsPerThread,
  stepKernel,
  variantOf,
  vectorizes,
} from "./step-kernels.ts";

/** The choice between the two, by its key: `lstm forward T B H`. */
const sequenceKey = ({ cell, direction, length, batch, hidden }: Omit<Recurrence, "bind" | "params">): string =>
  `${cell} ${direction} ${length} ${batch} ${hidden}`;

const recurrenceKey = (r: Recurrence): string => [sequenceKey(r), float16Variant(r)].filter((part) => part).join(" ");

/** Emits the way that was measured to be faster, else the rule's. */
export function lowerRecurrence(to: Lowering, r: Recurrence): void {
  if (r.cell === "gru_before") {
    lowerWholeRows(to, r);
    return;
  }
  const kernel = sequenceKernel(to.adapter, r);
  const quads = quadKernels(to.adapter, r);
  const ways = {
    steps: () => lowerSteps(to, r, stepKernel(to.adapter, r)),
    ...Object.fromEntries(quads.map((each) => [each.way, () => lowerSteps(to, r, each)])),
    ...(kernel ? { sequence: () => lowerSequence(to, r, kernel) } : {}),
  };
  const sequence = kernel && prefersSequence(to.adapter, r, kernel);
  const rule = sequence ? "sequence" : (preferredQuads(quads, r)?.way ?? "steps");
  const naive = () => lowerSteps(to, r, naiveKernel(r));
  to.choose({ key: recurrenceKey(r), ways, rule, naive });
}

/** Where a product needs all gates of a row, a workgroup owns whole rows, so that one dispatch serves. */
function lowerWholeRows(to: Lowering, r: Recurrence): void {
  const inRegisters = to.adapter.kind === "software" && vectorizes(r);
  const sequences = inRegisters ? wholeRows(to.adapter, r) : [];
  const ways = {
    steps: () => lowerSteps(to, r, inRegisters ? kernelOfWholeRows(r) : baselineOfWholeRows(to.adapter, r)),
    ...Object.fromEntries(sequences.map((each) => [each.way, () => lowerSequence(to, r, each)])),
  };
  const naive = () => lowerSteps(to, r, baselineOfWholeRows(to.adapter, r));
  to.choose({ key: recurrenceKey(r), ways, rule: preferredQuads(sequences, r)?.way ?? "steps", naive });
}

/** Hidden units whose weights fit into a workgroup's registers. */
const WIDEST = 64;
/** Up to this batch a GPU has room for a workgroup per row. */
const SINGLE_ROWS = 32;

/** The kernel for GPUs or that in registers for software adapters; none where it does not fit. */
function sequenceKernel({ kind }: AdapterProfile, r: Recurrence): ChosenKernel | undefined {
  if (kind === "hardware") {
    if (r.hidden > WIDEST) return undefined;
    const rows = r.batch <= SINGLE_ROWS ? 1 : 4;
    return {
      technique: "sequence_tiles",
      variant: rows === 1 ? "row" : undefined,
      workgroups: Math.ceil(r.batch / rows),
    };
  }
  if (!vectorizes(r)) return undefined;
  const rows = rowsPerThread(r.batch);
  return {
    technique: "sequence",
    variant: variantOf(rows),
    workgroups: Math.ceil(r.batch / rows),
  };
}

/**
 * A sequence kernel spares the wait between steps but has fewer workgroups: one per batch rows, where a step has one per rows
 * and units. It pays while a step is too small for its dispatch.
 *
 * On the software adapter a workgroup is one core's work. Processor time as a share of the steps' (2 cores, medians, forward
 * and with backward): LSTM at hidden 16 0.1 to 0.5, at 32 0.2 to 0.9, at 64 and batch 1 to 4 0.3 to 0.9; RNN at hidden 64 0.1 to
 * 0.4. With more to do for one workgroup, or for all, it is 0.6 to 1.2, and the steps share the work among more cores.
 *
 * For GPUs the rule is an estimate: they run the steps of up to so many states in fewer workgroups than they have room for, so
 * that the wait between dispatches is what the steps cost.
 */
function prefersSequence({ kind }: AdapterProfile, r: Recurrence, { workgroups }: ChosenKernel): boolean {
  if (r.length === 1) return false;
  if (kind === "hardware") return r.batch * r.hidden <= MOST_STATES;
  const flops = flopsOfStep(r);
  return flops <= MOST_FLOPS && flops / workgroups <= MOST_FLOPS_OF_CORE;
}

const MOST_STATES = 2048;
const MOST_FLOPS = 300e3;
const MOST_FLOPS_OF_CORE = 140e3;

const flopsOfStep = ({ cell, batch, hidden }: Recurrence): number => 2 * cells[cell].gates * batch * hidden ** 2;

/** Seconds that one dispatch may take: several fit into a submit, between which a page paints. */
const DISPATCH_BUDGET = 0.25;
/** So many steps hide the cost of a dispatch; with more, a GPU would keep others waiting for nothing. */
const MOST_STEPS = 256;
/** Careful guesses: operations per second of one workgroup, which has one core to itself, and seconds per step beside them. */
const WORKGROUP_SPEED = { software: 5e8, hardware: 5e9 } as const;
const STEP_SECONDS = { software: 2e-6, hardware: 5e-6 } as const;

/** Emits as few dispatches as keep each short. */
function lowerSequence(to: Lowering, r: Recurrence, kernel: ChosenKernel): void {
  const most = stepsPerDispatch(to.adapter, r);
  for (let first = 0; first < r.length; first += most) {
    to.dispatch(dispatchOf(to, r, kernel, first, Math.min(most, r.length - first)));
  }
}

/** As if one core of a software adapter did all rows one after the other, and a GPU as many at a time as it has workgroups. */
function stepsPerDispatch({ kind }: AdapterProfile, r: Recurrence): number {
  const atOnce = kind === "software" ? 1 : Math.max(1, r.batch / SINGLE_ROWS);
  const seconds = flopsOfStep(r) / (WORKGROUP_SPEED[kind] * atOnce) + STEP_SECONDS[kind];
  return Math.max(1, Math.min(MOST_STEPS, Math.floor(DISPATCH_BUDGET / seconds)));
}
