/** Steps of a recurrence whose threads share what they load, four by four, for software adapters with subgroups. */
import type { AdapterProfile } from "../../graph/lowering.ts";
import { cost, turns } from "../dispatch/software-cost.ts";
import { cells, type Recurrence, sumsOf } from "./cells.ts";
import { type ChosenKernel, vectorizes } from "./step-kernels.ts";

/** A kernel whose workgroups are quads of four threads, as a way to take. */
interface QuadKernel extends ChosenKernel {
  readonly way: string;
  /** Batch rows and units that a quad owns. */
  readonly rows: number;
  readonly units: number;
}

/** The variants by the rows that a quad owns: with all gates of 16 units, or with 32 units for one product. */
const VARIANTS = {
  16: { 16: undefined, 8: "low" },
  32: { 32: undefined, 16: "half", 8: "low" },
} as const;

/** Up to this batch a thread by itself owns no more than 4 rows, where a quad computes the rest of 8 for nothing. */
const FEW_ROWS = 4;

/** The kernels that are valid here and not half idle: none of which a half would hold the whole batch. */
export function quadKernels({ kind, features }: AdapterProfile, r: Recurrence): QuadKernel[] {
  const { batch, hidden } = r;
  const usable = kind === "software" && features.has("subgroups") && vectorizes(r);
  if (!usable || batch <= FEW_ROWS) return [];
  const units = sumsOf(r) === 1 ? 32 : 16;
  const unitBlocks = Math.ceil(hidden / units);
  const sizes = Object.entries(VARIANTS[units]).map(([rows, variant]) => ({ rows: Number(rows), variant }));
  const fitting = sizes.filter(({ rows }) => rows < 2 * batch);
  return fitting.map(({ rows, variant }) => ({
    way: `quads of ${rows}`,
    rows,
    units,
    technique: "quads",
    variant,
    workgroups: Math.ceil(batch / rows) * unitBlocks,
  }));
}

/** The kernels whose quads own whole rows and go from step to step, where a quad would not be half idle. */
export function wholeRows({ features }: AdapterProfile, { batch }: Recurrence): QuadKernel[] {
  if (!features.has("subgroups") || batch <= FEW_ROWS) return [];
  const fitting = ([16, 8] as const).filter((rows) => rows < 2 * batch);
  return fitting.map((rows) => ({
    way: `sequence of ${rows}`,
    rows,
    units: 32,
    technique: "sequence",
    variant: rows === 8 ? "low" : undefined,
    workgroups: Math.ceil(batch / rows),
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
function costOf({ rows, units }: QuadKernel, { cell }: Recurrence): number {
  const columns = (units / 4) * (units === 16 ? cells[cell].gates : 1);
  return cost(rows + 4 * columns, 4 * rows * columns);
}
