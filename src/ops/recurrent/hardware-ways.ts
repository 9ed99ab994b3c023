/** What GPUs take for a recurrence, and up to which sizes. The rules are estimates: none has been measured on one. */
import type { AdapterProfile } from "../../graph/lowering.ts";
import type { Sizes, StepShape } from "./cells.ts";
import type { ChosenKernel, Ways } from "./dispatches.ts";

/** Hidden units whose weights fit into the registers of a workgroup of 256 threads, a gate of a unit each. */
const WIDEST = 64;
/** Units of which two threads have the weights of a gate: 48 numbers each, or 64. */
const UNITS = 96;
const MORE_UNITS = 128;
/** Up to this batch there is room for a workgroup per row. */
const SINGLE_ROWS = 32;
/** The steps of up to so many states run in fewer workgroups than there is room for: the wait between dispatches is their cost. */
const MOST_STATES = 8192;
/** Careful guesses: operations per second of one workgroup, and seconds per step beside them. */
const WORKGROUP_SPEED = 5e9;
const STEP_SECONDS = 5e-6;

/** Sums of a unit up to which threads of several products share what they load well. */
export const MOST_SHARED_SUMS = 16;
/** Weights that lie in a small L2 beside those of the state: 1 MiB. */
const SMALL_WEIGHTS = 2 ** 18;

/** Whether so many weights may be read at every step, where a product of all steps before the loop would read them once. */
export const mayBeReadInLoop = (weights: number): boolean => weights <= SMALL_WEIGHTS;

/** Whether a workgroup runs all steps by the rule, of so many rows that it may. */
export const fitsWorkgroup = (hidden: number, gates: number): boolean =>
  hidden <= WIDEST || (gates === 1 && hidden <= MORE_UNITS);

/** Whether steps are so small that their number of workgroups counts less than the wait between dispatches. */
export const isSmall = ({ length, batch, hidden }: Sizes): boolean => length > 1 && batch * hidden <= MOST_STATES;

/** Batch rows of a workgroup that runs all steps: up to a batch there is room for a workgroup per row. */
export const rowsInside = (batch: number): 1 | 4 => (batch <= SINGLE_ROWS ? 1 : 4);

export function hardwareWays({ limits }: AdapterProfile, step: StepShape): Ways {
  const { batch, hidden } = step;
  // as many rows at a time as there are workgroups
  const secondsOfStep = step.flops / (WORKGROUP_SPEED * Math.max(1, batch / SINGLE_ROWS)) + STEP_SECONDS;
  const steps = lanes(step);
  if (hidden <= WIDEST) {
    return { ways: { steps, sequence: sequence(step) }, rule: isSmall(step) ? "sequence" : "steps", secondsOfStep };
  }
  const wide = wideSequences(limits, step);
  // of one gate no thread has more registers than where 64 units have four
  const rule =
    isSmall(step) && step.weights && fitsWorkgroup(hidden, step.weights.gates) ? Object.keys(wide)[0] : undefined;
  return { ways: { steps, ...wide }, rule: rule ?? "steps", secondsOfStep };
}

/** Batch rows that a workgroup of a step owns. */
const ROWS = 8;

function lanes({ sums, halves, batch, hidden, vectorizes }: StepShape): ChosenKernel {
  const units = sums <= 2 || halves ? 16 : 8;
  return {
    ...(halves ? { halves } : {}),
    technique: vectorizes ? "lanes_fours" : "lanes_numbers",
    workgroups: Math.ceil(batch / ROWS) * Math.ceil(hidden / units),
  };
}

function sequence({ batch }: StepShape): ChosenKernel {
  const rows = rowsInside(batch);
  return {
    technique: "sequence_tiles",
    variant: rows === 1 ? "row" : undefined,
    workgroups: Math.ceil(batch / rows),
  };
}

/**
 * The faster one first, if workgroups find room. With several gates they take more registers than some adapters give a workgroup;
 * by the model of `npm run isa` they are 1.1 to 3 times as fast as steps with up to 32 rows. None was measured: who tunes gets them.
 */
function wideSequences(
  limits: AdapterProfile["limits"],
  { length, batch, hidden, weights, wholeRows }: StepShape,
): Record<string, ChosenKernel> {
  if (!weights || length === 1) return {};
  const { gates, isHalf } = weights;
  const most = isHalf || gates === 1 ? MORE_UNITS : UNITS;
  if (hidden > most) return {};
  const threads = 2 * most * (isHalf && gates === 4 ? 2 : gates);
  const fits = threads <= Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  if (wholeRows && !fits) return {};
  const variant = gates > 1 && fits ? "wide" : "broad";
  const byRow: ChosenKernel = { technique: "sequence_tiles", variant: `${variant}_row`, workgroups: batch };
  const byTwo: ChosenKernel = { technique: "sequence_tiles", variant, workgroups: Math.ceil(batch / 2) };
  return batch <= SINGLE_ROWS
    ? { "wide sequence by row": byRow, ...(batch > 1 ? { "wide sequence": byTwo } : {}) }
    : { "wide sequence": byTwo, "wide sequence by row": byRow };
}
