import { Tensor } from "../../../src/index.ts";
import type { Program } from "../../../src/plan/program.ts";
import type { WorkDone } from "../../types.ts";

/** Waits for the GPU by one number. */
export async function readOne({ device, buffer, offset, dtype }: Tensor): Promise<number> {
  const first = Tensor.at(device, buffer, offset, { shape: [1], dtype });
  return (await first.read())[0] as number;
}

export function workOf({ dispatches }: Program): WorkDone {
  const sum = (of: (dispatch: Program["dispatches"][number]) => number) =>
    dispatches.reduce((total, dispatch) => total + of(dispatch), 0);
  return { flops: sum(({ flops }) => flops), bytes: sum(({ bytes }) => bytes), dispatches: dispatches.length };
}
