/** Dispatches of a recurrence over a whole sequence: one per step, or few in which each workgroup loops over the steps. */
import type { AdapterProfile, Lowering, Slot } from "../../graph/lowering.ts";
import { bytesPerElement } from "../../graph/shape.ts";
import { foldWorkgroups } from "../dispatch/workgroups.ts";
import { cells, type Recurrence, type StepShape } from "./cells.ts";

/** A kernel `<cell>_<technique>_<direction>` with what its dispatch needs beyond the recurrence. */
export interface ChosenKernel {
  readonly technique:
    | "naive"
    | "rows"
    | "quads"
    | "lanes_fours"
    | "lanes_numbers"
    | "sequence"
    | "sequence_tiles"
    | "persistent"
    | "whole_rows_serial"
    | "whole_rows_parallel";
  readonly variant?: string | undefined;
  readonly workgroups: number;
  /** A step is a dispatch of each, whose names stand before the direction. */
  readonly halves?: readonly string[];
}

/** What is valid on a kind of adapter, and what is taken where nothing has been measured. */
export interface Ways {
  readonly ways: Readonly<Record<string, ChosenKernel>>;
  readonly rule: string;
  /** A careful guess of a step's time in a dispatch that loops over steps. */
  readonly secondsOfStep: number;
}

/** Threads of a workgroup. */
const NAIVE_WORKGROUP = 64;

/** The baseline: a thread for each unit of each row, or a workgroup for each row where a product needs all gates of it. */
export const naiveKernel = ({ kind }: AdapterProfile, { wholeRows, batch, hidden }: StepShape): ChosenKernel =>
  wholeRows
    ? { technique: "naive", variant: kind === "hardware" ? "wide" : undefined, workgroups: batch }
    : { technique: "naive", workgroups: Math.ceil((batch * hidden) / NAIVE_WORKGROUP) };

/** Seconds that one dispatch may take: several fit into a submit, between which a page paints. */
const DISPATCH_BUDGET = 0.25;
/** So many steps hide the cost of a dispatch; with more, a GPU would keep others waiting for nothing. */
const MOST_STEPS = 256;

/** How many steps a dispatch takes. */
export function stepsOfDispatch({ technique }: ChosenKernel, secondsOfStep: number): number {
  const loops = technique === "sequence" || technique === "sequence_tiles" || technique === "persistent";
  return loops ? Math.max(1, Math.min(MOST_STEPS, Math.floor(DISPATCH_BUDGET / secondsOfStep))) : 1;
}

/** Emits a dispatch per step, in the order in which the direction takes them, or as few as keep each short. */
export function lowerKernel(to: Lowering, r: Recurrence, kernel: ChosenKernel, secondsOfStep: number): void {
  const most = stepsOfDispatch(kernel, secondsOfStep);
  const halves = kernel.halves ?? [undefined];
  for (let first = 0; first < r.length; first += most) {
    for (const half of halves) {
      const { flops, bytes, ...dispatch } = dispatchOf(to, r, kernel, first, Math.min(most, r.length - first), half);
      to.dispatch({ ...dispatch, flops: flops / halves.length, bytes: bytes / halves.length });
    }
  }
}

/** The dispatch of `steps` steps from the `first` one on. */
function dispatchOf(
  to: Lowering,
  r: Recurrence,
  kernel: ChosenKernel,
  first: number,
  steps: number,
  half: string | undefined,
) {
  // the last step of all, at which the gradient begins, has no matmul
  const matmuls = r.direction === "backward" && first === 0 ? steps - 1 : steps;
  const size = r.batch * r.hidden;
  const { gates, traffic } = cells[r.cell];
  const variant = [kernel.variant, r.variant, float16Variant(r)].filter((part) => part).join("_");
  const name = [r.cell, kernel.technique, half, r.direction].filter((part) => part).join("_");
  return {
    kernel: r.kernels(name as never),
    ...(variant ? { variant } : {}),
    bind: r.bind,
    params: { ...r.params, time: timeOf(r, first), steps },
    workgroups: foldWorkgroups(r.cell, kernel.workgroups, to.adapter),
    flops: matmuls * 2 * gates * size * r.hidden,
    bytes: bytesPerElement(weightOf(r).dtype) * gates * r.hidden ** 2 + 4 * steps * traffic[r.direction] * size,
  };
}

/** The time of the i-th step that a direction takes. */
const timeOf = ({ direction, reverse, length }: Recurrence, i: number): number =>
  (direction === "forward") === reverse ? length - 1 - i : i;

/** The recurrent weights. */
const weightOf = ({ bind }: Recurrence): Slot => bind.weight_hh as Slot;

/** Ends the names of the variants that read float16 weights. */
export const float16Variant = (r: Recurrence): string | undefined =>
  weightOf(r).dtype === "float16" ? "float16" : undefined;
