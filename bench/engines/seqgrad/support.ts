import { Tensor } from "../../../src/index.ts";
import type { Program } from "../../../src/plan/program.ts";
import type { PlannedDispatch, WorkDone } from "../../types.ts";

/** Waits for the GPU by one number. */
export async function readOne({ device, buffer, offset, dtype }: Tensor): Promise<number> {
  const first = Tensor.at(device, buffer, offset, { shape: [1], dtype });
  return (await first.read())[0] as number;
}

export function workOf(program: Program): WorkDone {
  const { dispatches } = program;
  const sum = (of: (dispatch: Program["dispatches"][number]) => number) =>
    dispatches.reduce((total, dispatch) => total + of(dispatch), 0);
  return {
    flops: sum(({ flops }) => flops),
    bytes: sum(({ bytes }) => bytes),
    dispatches: dispatches.length,
    plan: planOf(program),
  };
}

/** A program's dispatches by kernel and size. */
export function planOf({ pipelines, dispatches }: Program): PlannedDispatch[] {
  const groups = new Map<string, PlannedDispatch>();
  for (const { pipeline, workgroups, flops, bytes } of dispatches) {
    const { kernel, variant } = pipelines[pipeline] as (typeof pipelines)[number];
    const one = { kernel, variant, workgroups: workgroups.reduce((product, each) => product * each, 1), flops, bytes };
    const key = JSON.stringify(one);
    groups.set(key, { ...one, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  return [...groups.values()];
}
