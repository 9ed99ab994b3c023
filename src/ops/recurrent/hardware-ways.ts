/** What GPUs take for a recurrence, and up to which sizes. The rules are estimates: none has been measured on one. */
import type { StepShape } from "./cells.ts";
import type { ChosenKernel, Ways } from "./dispatches.ts";

/** Hidden units whose weights fit into a workgroup's registers. */
const WIDEST = 64;
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

/** Whether a workgroup can run all steps. */
export const fitsWorkgroup = (hidden: number): boolean => hidden <= WIDEST;

export function hardwareWays(step: StepShape): Ways {
  const { length, batch, hidden } = step;
  // as many rows at a time as there are workgroups
  const secondsOfStep = step.flops / (WORKGROUP_SPEED * Math.max(1, batch / SINGLE_ROWS)) + STEP_SECONDS;
  const steps = lanes(step);
  if (!fitsWorkgroup(hidden)) return { ways: { steps }, rule: "steps", secondsOfStep };
  const rule = length > 1 && batch * hidden <= MOST_STATES ? "sequence" : "steps";
  return { ways: { steps, sequence: sequence(step) }, rule, secondsOfStep };
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
  const rows = batch <= SINGLE_ROWS ? 1 : 4;
  return {
    technique: "sequence_tiles",
    variant: rows === 1 ? "row" : undefined,
    workgroups: Math.ceil(batch / rows),
  };
}
