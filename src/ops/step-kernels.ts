/** What the choice of a kernel for one time step of a recurrent net has in common. */
import type { AdapterProfile, Slot } from "../graph/op.ts";
import { sizeOf } from "../graph/shape.ts";

export type Direction = "forward" | "backward";

/** A kernel for one step with what its dispatch needs beyond the step. */
export interface StepKernel {
  readonly name: string;
  readonly variant?: string;
  readonly workgroups: number;
  readonly params?: Readonly<Record<string, number>>;
}

/** Kernels of a step named `<name>_tiled`, `<name>_naive` and `<name>` (in registers), each forward and backward. */
export interface StepKernels {
  readonly name: string;
  /** Batch rows and units that a workgroup of the tiled kernels owns. */
  readonly tile: Readonly<Record<Direction, readonly [rows: number, units: number]>>;
  /** Units that a thread of the register kernels owns where it has 8 rows. */
  readonly units: Readonly<Record<Direction, number>>;
}

/** Threads of a workgroup: in the register kernels few, so that even a small step is shared out evenly. */
const NAIVE_WORKGROUP = 64;
const REGISTER_WORKGROUP = 8;
/** Batch rows that a thread of the register kernels owns. */
export const ROWS = 8;

/** The kernel for GPUs, the one in registers for software adapters, or the one for any size. */
export function stepKernel(
  { name, tile, units }: StepKernels,
  direction: Direction,
  adapter: AdapterProfile,
  { batch, hidden }: { readonly batch: number; readonly hidden: number },
  slots: readonly Slot[],
): StepKernel {
  if (adapter.kind === "hardware") {
    const [rowTiles, unitTiles] = [Math.ceil(batch / tile[direction][0]), Math.ceil(hidden / tile[direction][1])];
    return {
      name: `${name}_tiled_${direction}`,
      workgroups: rowTiles * unitTiles,
      params: { row_tiles: rowTiles, unit_tiles: unitTiles },
    };
  }
  if (!vectorizes(hidden, slots)) {
    return { name: `${name}_naive_${direction}`, workgroups: Math.ceil((batch * hidden) / NAIVE_WORKGROUP) };
  }
  const oneRow = prefersOneRow(batch);
  const rowBlocks = oneRow ? batch : Math.ceil(batch / ROWS);
  const unitBlocks = Math.ceil(hidden / (oneRow ? 4 : units[direction]));
  return {
    name: `${name}_${direction}`,
    ...(oneRow ? { variant: "row" } : {}),
    workgroups: Math.ceil((rowBlocks * unitBlocks) / REGISTER_WORKGROUP),
    params: { unit_blocks: unitBlocks },
  };
}

/** With fewer than half of a thread's rows, one row per thread is faster. */
export const prefersOneRow = (batch: number): boolean => batch < ROWS / 2;

/** Whether everything can be read as vec4. */
export const vectorizes = (hidden: number, slots: readonly Slot[]): boolean =>
  hidden % 4 === 0 && slots.every(({ offset }) => offset % 4 === 0);

/** Step `time` of a slot [T, ...]. */
export function stepOf(slot: Slot, time: number): Slot {
  const shape = slot.shape.slice(1);
  return { ...slot, offset: slot.offset + time * sizeOf(shape), shape };
}

/** Kernel and variant of a dispatch. */
export const kernelOf = ({ name, variant }: StepKernel) => ({ kernel: name, ...(variant ? { variant } : {}) });
