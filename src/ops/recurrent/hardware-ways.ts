/** What GPUs take for a recurrence, and up to which sizes. The rules are estimates: none has been measured on one. */
import type { AdapterProfile } from "../../graph/lowering.ts";
import type { Sizes, StepShape } from "./cells.ts";
import type { ChosenKernel, Ways } from "./dispatches.ts";

/** Hidden units whose weights fit into the registers of a workgroup of 256 threads, a gate of a unit each. */
const MOST_UNITS = 64;
/** Units of which two threads have the weights of a gate: 48 numbers each, or, of 16 bits or where there is one gate, 64. */
const MORE_UNITS = 96;
const MOST_WIDE_UNITS = 128;
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

/** Whether steps are so small that their number of workgroups counts less than the wait between dispatches. */
export const isSmall = ({ length, batch, hidden }: Sizes): boolean => length > 1 && batch * hidden <= MOST_STATES;

/** Whether the rule has a workgroup run all steps of a cell of one round of products. */
export const runsInside = (sizes: Sizes, gates: number): boolean =>
  isSmall(sizes) && (sizes.hidden <= MOST_UNITS || (gates === 1 && sizes.hidden <= MOST_WIDE_UNITS));

/** Batch rows of a workgroup that runs all steps: up to a batch there is room for a workgroup per row. */
export const rowsInside = (batch: number): 1 | 4 => (batch <= SINGLE_ROWS ? 1 : 4);

export function hardwareWays({ limits }: AdapterProfile, step: StepShape): Ways {
  const { batch, hidden } = step;
  // as many rows at a time as there are workgroups
  const secondsOfStep = step.flops / (WORKGROUP_SPEED * Math.max(1, batch / SINGLE_ROWS)) + STEP_SECONDS;
  const steps = lanes(step);
  if (hidden <= MOST_UNITS) {
    return { ways: { steps, sequence: sequence(step) }, rule: isSmall(step) ? "sequence" : "steps", secondsOfStep };
  }
  const wide = wideSequences(limits, step);
  // of one gate no thread has more weights than where 64 units have four
  const [first] = step.weights && runsInside(step, step.weights.gates) ? wide : [];
  return { ways: { steps, ...Object.fromEntries(wide) }, rule: first?.[0] ?? "steps", secondsOfStep };
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
 * All steps inside a workgroup, the way first that is faster where there is room for its workgroups. With several gates they take more
 * registers than some adapters give a workgroup. By the model of `npm run isa` those of a forward LSTM in `wide` are 1.1 to 3 times as
 * fast as steps with up to 32 rows; nothing was measured, so only who tunes gets them.
 */
function wideSequences(
  limits: AdapterProfile["limits"],
  { length, batch, hidden, weights, wholeRows }: StepShape,
): (readonly [name: string, kernel: ChosenKernel])[] {
  if (!weights || length === 1) return [];
  const { gates, isHalf } = weights;
  const most = isHalf || gates === 1 ? MOST_WIDE_UNITS : MORE_UNITS;
  if (hidden > most) return [];
  const threads = 2 * most * (isHalf && gates === 4 ? 2 : gates);
  const fits = threads <= Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  // the GRU of two rounds has no `broad`: its threads have one gate each
  if (wholeRows && !fits) return [];
  const variant = gates > 1 && fits ? "wide" : "broad";
  const technique = "sequence_tiles";
  const byRow = ["wide sequence by row", { technique, variant: `${variant}_row`, workgroups: batch }] as const;
  const byTwo = ["wide sequence", { technique, variant, workgroups: Math.ceil(batch / 2) }] as const;
  if (batch === 1) return [byRow];
  return batch <= SINGLE_ROWS ? [byRow, byTwo] : [byTwo, byRow];
}
