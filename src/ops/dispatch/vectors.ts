import type { Slot } from "../../graph/lowering.ts";

/** Numbers in a vec4. */
export const LANES = 4;

/** Whether `extent`, of a whole tensor or of its rows, and the places of the slots let kernels take four elements at a time. */
export const inVectors = (extent: number, ...slots: readonly Slot[]): boolean =>
  extent % LANES === 0 && slots.every(({ offset }) => offset % LANES === 0);
