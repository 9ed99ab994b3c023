/** Steps of a recurrence whose threads share what they load, four by four, for software adapters with subgroups. */
import type { AdapterProfile } from "../graph/op.ts";
import { cost, turns } from "./software-cost.ts";
import { type ChosenKernel, type Recurrence, type StepShape, vectorizes } from "./step-kernels.ts";

/** A kernel whose workgroups are quads of four threads, as a way to take. */
interface QuadKernel extends ChosenKernel {
  readonly way: string;
  /** Batch rows and units that a quad owns. */
  readonly rows: number;
  readonly units: number;
}

/** Units that a quad owns, and the variants by its rows. */
const BLOCKS = {
  forward: { units: 16, variants: { 16: undefined, 8: "low" } },
  backward: { units: 32, variants: { 32: undefined, 16: "half", 8: "low" } },
} as const;

/** Up to this batch a thread by itself owns no more than 4 rows, where a quad computes the rest of 8 for nothing. */
const FEW_ROWS = 4;

/** The kernels that are valid here and not half idle: none of which a half would hold the whole batch. */
export function quadKernels({ quads }: StepShape, { kind, features }: AdapterProfile, r: Recurrence): QuadKernel[] {
  const { cell, direction, batch, hidden } = r;
  const usable = quads && kind === "software" && features.has("subgroups") && vectorizes(r);
  if (!usable || batch <= FEW_ROWS) return [];
  const { units, variants } = BLOCKS[direction];
  const unitBlocks = Math.ceil(hidden / units);
  const sizes = Object.entries(variants).map(([rows, variant]) => ({ rows: Number(rows), variant }));
  const fitting = sizes.filter(({ rows }) => rows < 2 * batch);
  return fitting.map(({ rows, variant }) => ({
    way: `quads of ${rows}`,
    rows,
    units,
    name: `${cell}_step_quad_${direction}`,
    variant,
    workgroups: Math.ceil(batch / rows) * unitBlocks,
    params: { unit_blocks: unitBlocks },
  }));
}

/**
 * The one of the least time, if there is any. At the batches for which it is taken each beats the steps of threads by
 * themselves: by processor time on SwiftShader, LSTM and GRU at hidden 64 to 512, quads of 8 by some 1.2 to 1.4 times, quads
 * of 16 by 1.3 to 1.9, quads of 32 by 1.5 to 2.0; least at hidden 64, where the gates' functions are half of a step.
 */
export function preferredQuads(kernels: readonly QuadKernel[], r: Recurrence): QuadKernel | undefined {
  const times = kernels.map((kernel) => turns(kernel.workgroups) * costOf(kernel, r));
  return kernels[times.indexOf(Math.min(...times))];
}

/** Of four k. */
function costOf({ rows, units }: QuadKernel, { direction, gates }: Recurrence): number {
  const columns = (units / 4) * (direction === "forward" ? gates : 1);
  return cost(rows + 4 * columns, 4 * rows * columns);
}
