/** Steps of the GRU that resets before its candidate's matmul, which needs the reset gates of a whole row. */
import type { AdapterProfile } from "../../graph/lowering.ts";
import type { Recurrence } from "./cells.ts";
import type { ChosenKernel } from "./step-kernels.ts";

/** A workgroup for each row, of any size. */
export const baselineOfWholeRows = ({ kind }: AdapterProfile, { batch }: Recurrence): ChosenKernel => ({
  technique: "naive",
  variant: kind === "hardware" ? "wide" : undefined,
  workgroups: batch,
});

/** In registers, for software adapters. */
export function kernelOfWholeRows({ batch }: Recurrence): ChosenKernel {
  const technique = "rows";
  return batch < 4 ? { technique, variant: "row", workgroups: batch } : { technique, workgroups: Math.ceil(batch / 8) };
}
