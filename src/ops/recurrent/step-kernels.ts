/** A recurrence over a whole sequence as one dispatch per step, and what the choice of its kernels looks at. */
import type { AdapterProfile, Lowering, Slot } from "../../graph/lowering.ts";
import { bytesPerElement } from "../../graph/shape.ts";
import { foldWorkgroups } from "../dispatch/workgroups.ts";
import { cells, type Recurrence, sumsOf } from "./cells.ts";

/** A kernel `<cell>_<technique>_<direction>` with what its dispatch needs beyond the recurrence. */
export interface ChosenKernel {
  readonly technique: "naive" | "rows" | "quads" | "tiles" | "sequence" | "sequence_tiles";
  readonly variant?: string | undefined;
  readonly workgroups: number;
}

/** Emits a dispatch per step, in the order in which the direction takes them. */
export function lowerSteps(to: Lowering, r: Recurrence, kernel: ChosenKernel): void {
  for (let i = 0; i < r.length; i++) {
    to.dispatch(dispatchOf(to, r, kernel, i, 1));
  }
}

/** The dispatch of `steps` steps from the `first` one on. */
export function dispatchOf(to: Lowering, r: Recurrence, kernel: ChosenKernel, first: number, steps: number) {
  // the last step of all, at which the gradient begins, has no matmul
  const matmuls = r.direction === "backward" && first === 0 ? steps - 1 : steps;
  const size = r.batch * r.hidden;
  const { gates, traffic } = cells[r.cell];
  const variant = [kernel.variant, r.variant, float16Variant(r)].filter((part) => part).join("_");
  return {
    kernel: r.kernels(`${r.cell}_${kernel.technique}_${r.direction}` as never),
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

/** Threads of a workgroup: in the register kernels few, so that even a small step is shared out evenly. */
const NAIVE_WORKGROUP = 64;
const REGISTER_WORKGROUP = 8;

/** The kernel for GPUs, the one in registers for software adapters, or the one for any size. */
export function stepKernel(adapter: AdapterProfile, r: Recurrence): ChosenKernel {
  const { batch, hidden } = r;
  if (adapter.kind === "hardware") {
    const [rows, units] = sumsOf(r) === 1 ? [4, 16] : [8, 8];
    return { technique: "tiles", workgroups: Math.ceil(batch / rows) * Math.ceil(hidden / units) };
  }
  if (!vectorizes(r)) return naiveKernel(r);
  const rows = rowsPerThread(batch);
  const blocks = Math.ceil(hidden / (rows === 8 && sumsOf(r) === 1 ? 8 : 4));
  return {
    technique: "rows",
    variant: variantOf(rows),
    workgroups: Math.ceil((Math.ceil(batch / rows) * blocks) / REGISTER_WORKGROUP),
  };
}

/** The recurrent weights. */
const weightOf = ({ bind }: Recurrence): Slot => bind.weight_hh as Slot;

/** Ends the names of the variants that read float16 weights. */
export const float16Variant = (r: Recurrence): string | undefined =>
  weightOf(r).dtype === "float16" ? "float16" : undefined;

/** The baseline: a thread for each unit of each row. */
export const naiveKernel = ({ batch, hidden }: Recurrence): ChosenKernel => ({
  technique: "naive",
  workgroups: Math.ceil((batch * hidden) / NAIVE_WORKGROUP),
});

/** Batch rows that a thread of the register kernels owns. */
export type Rows = 1 | 4 | 8;

/** Rows past the batch are computed for nothing: 4 rows beat 8 up to a batch of 4, and one row only alone. */
export const rowsPerThread = (batch: number): Rows => (batch === 1 ? 1 : batch <= 4 ? 4 : 8);

export const variantOf = (rows: Rows): string | undefined => ({ 1: "row", 4: "four_rows", 8: undefined })[rows];

/** Whether everything can be read as vec4. */
export const vectorizes = ({ hidden, bind }: Recurrence): boolean =>
  hidden % 4 === 0 && Object.values(bind).every(({ offset, dtype }) => dtype === "int32" || offset % 4 === 0);
