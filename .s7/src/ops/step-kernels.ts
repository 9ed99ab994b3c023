/** What the choice of a kernel for one time step of a recurrent net has in common. */
import type { Slot } from "../graph/op.ts";
import { sizeOf } from "../graph/shape.ts";

/** A kernel for one step with what its dispatch needs beyond the step. */
export interface StepKernel {
  readonly name: string;
  readonly workgroups: number;
  readonly params?: Readonly<Record<string, number>>;
}

/** GPUs: tiles in workgroup memory, one workgroup per tile. */
export const tiled = (name: string, rowTiles: number, unitTiles: number): StepKernel => ({
  name,
  workgroups: rowTiles * unitTiles,
  params: { row_tiles: rowTiles, unit_tiles: unitTiles },
});

/** Whether everything can be read as vec4. */
export const vectorizes = (hidden: number, slots: readonly Slot[]): boolean =>
  hidden % 4 === 0 && slots.every(({ offset }) => offset % 4 === 0);

/** Step `time` of a slot [T, ...]. */
export function stepOf(slot: Slot, time: number): Slot {
  const shape = slot.shape.slice(1);
  return { ...slot, offset: slot.offset + time * sizeOf(shape), shape };
}
