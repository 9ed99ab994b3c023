import { checkArgument, count, fn, required } from "../../../options.ts";
import type { EpochEvent, FitCallback, FitRun, StepEvent } from "../types.ts";

/** Calls a function each `steps` steps, with no step in flight: to sample from the model, say, or to save a checkpoint. */
export function everySteps(steps: number, call: (event: StepEvent, run: FitRun) => void | Promise<void>): FitCallback {
  checkArgument("callbacks.everySteps", "steps", steps, required(count));
  checkArgument("callbacks.everySteps", "call", call, required(fn));
  return { every: steps, pause: call };
}

/** Calls a function that saves after each epoch: `checkpoint(({ trainer }) => trainer.save(store))`. */
export function checkpoint(save: (run: FitRun, event: EpochEvent) => void | Promise<void>): FitCallback {
  checkArgument("callbacks.checkpoint", "save", save, required(fn));
  return { epoch: (event, run) => save(run, event) };
}
