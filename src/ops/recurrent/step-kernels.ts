/** A recurrence over a whole sequence as one dispatch per step, and what the choice of its kernels looks at. */
import type { AdapterProfile, Lowering, Slot } from "../../graph/op.ts";
import { bytesPerElement } from "../../graph/shape.ts";
import { foldWorkgroups } from "../dispatch/workgroups.ts";
import { widen } from "../elementwise/float16.ts";

export type Direction = "forward" | "backward";

/** A recurrence in one direction: what all its dispatches have in common. */
export interface Recurrence {
  /** Kernels are named `<cell>_step…` and `<cell>_sequence…`. */
  readonly cell: "lstm" | "gru" | "gru_before" | "rnn";
  readonly direction: Direction;
  /** T. */
  readonly length: number;
  /** B. */
  readonly batch: number;
  /** H. */
  readonly hidden: number;
  /** The forward pass runs from the last time to the first. */
  readonly reverse: boolean;
  /** Blocks of H rows in the recurrent weights. */
  readonly gates: number;
  /** Numbers per unit and row that a step reads and writes beside the weights. */
  readonly traffic: number;
  readonly bind: Readonly<Record<string, Slot>>;
  /** All but `time` and what the choice of the kernel adds. */
  readonly params: Readonly<Record<string, number>>;
  /** Ends the names of kernel variants. */
  readonly activation?: string;
  /** No recurrent bias by itself: quads that have one compile and run through its branch all the same (LSTM forward). */
  readonly plain?: boolean;
}

/** A kernel with what its dispatch needs beyond the recurrence. */
export interface ChosenKernel {
  readonly name: string;
  readonly variant?: string | undefined;
  readonly workgroups: number;
  readonly params?: Readonly<Record<string, number>>;
}

/** Kernels of one cell: its step is `<cell>_step_tiled` for GPUs, `<cell>_step` in registers and `<cell>_step_naive`. */
export interface StepShape {
  /** Batch rows and units that a workgroup of the tiled kernels owns. */
  readonly tile: Readonly<Record<Direction, readonly [rows: number, units: number]>>;
  /** Units that a thread of the register kernels owns where it has 8 rows. */
  readonly units: Readonly<Record<Direction, number>>;
  /** Units that four threads own together in the kernels `<cell>_step_quad` (see quad-kernels.ts). */
  readonly quads: Readonly<Record<Direction, 16 | 32>>;
}

/** Threads of a workgroup: in the register kernels few, so that even a small step is shared out evenly. */
const NAIVE_WORKGROUP = 64;
const REGISTER_WORKGROUP = 8;

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
  const variant = [kernel.variant, r.activation, float16Variant(r)].filter((part) => part).join("_");
  return {
    kernel: kernel.name,
    ...(variant ? { variant } : {}),
    bind: r.bind,
    params: { ...r.params, time: timeOf(r, first), ...kernel.params },
    workgroups: foldWorkgroups(r.cell, kernel.workgroups, to.adapter),
    flops: matmuls * 2 * r.gates * size * r.hidden,
    bytes: bytesPerElement(weightOf(r).dtype) * r.gates * r.hidden ** 2 + 4 * steps * r.traffic * size,
  };
}

/** The time of the i-th step that a direction takes. */
const timeOf = ({ direction, reverse, length }: Recurrence, i: number): number =>
  (direction === "forward") === reverse ? length - 1 - i : i;

/** The kernel for GPUs, the one in registers for software adapters, or the one for any size. */
export function stepKernel({ tile, units }: StepShape, adapter: AdapterProfile, r: Recurrence): ChosenKernel {
  const { cell, direction, batch, hidden } = r;
  if (adapter.kind === "hardware") {
    const [rowTiles, unitTiles] = [Math.ceil(batch / tile[direction][0]), Math.ceil(hidden / tile[direction][1])];
    return {
      name: `${cell}_step_tiled_${direction}`,
      workgroups: rowTiles * unitTiles,
      params: { row_tiles: rowTiles, unit_tiles: unitTiles },
    };
  }
  if (!vectorizes(r)) return naiveKernel(r);
  const rows = rowsPerThread(batch);
  const unitBlocks = Math.ceil(hidden / (rows === 8 ? units[direction] : 4));
  return {
    name: `${cell}_step_${direction}`,
    variant: variantOf(rows),
    workgroups: Math.ceil((Math.ceil(batch / rows) * unitBlocks) / REGISTER_WORKGROUP),
    params: { unit_blocks: unitBlocks },
  };
}

/** The recurrent weights. */
const weightOf = ({ bind }: Recurrence): Slot => bind.weight_hh as Slot;

/** Ends the names of the variants that read float16 weights. */
export const float16Variant = (r: Recurrence): string | undefined =>
  weightOf(r).dtype === "float16" ? "float16" : undefined;

/** The same with a float32 copy of float16 weights, for the kernels without variants for these. */
export const withFloat32Weights = (to: Lowering, r: Recurrence): Recurrence =>
  float16Variant(r) ? { ...r, bind: { ...r.bind, weight_hh: widen(to, weightOf(r)) } } : r;

/** The baseline: a thread for each unit of each row. */
export const naiveKernel = ({ cell, direction, batch, hidden }: Recurrence): ChosenKernel => ({
  name: `${cell}_step_naive_${direction}`,
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
