import { checkArgument, object } from "../../../options.ts";
import { type PlateauOptions, type PlateauState, plateau } from "../../schedules/plateau.ts";
import type { FitCallback } from "../types.ts";
import { type Monitor, measure, monitorKind } from "./monitor.ts";

/** Options of `reduceOnPlateau`. */
export interface ReduceOptions extends PlateauOptions {
  /** What is to get better; the validation's loss, or without validation that of the steps. */
  readonly monitor?: Monitor;
}

/** Multiplies the trainer's rate by `factor` where a measure no longer gets better; as `schedules.plateau`. */
export function reduceOnPlateau(given: ReduceOptions = {}): FitCallback {
  checkArgument("callbacks.reduceOnPlateau", "options", given, object);
  const { monitor, ...options } = given;
  checkArgument("callbacks.reduceOnPlateau", "monitor", monitor, monitorKind);
  plateau(1, options);
  let schedule: ReturnType<typeof plateau> | undefined;
  return {
    name: "reduce on plateau",
    start({ trainer }) {
      schedule = plateau(trainer.learningRate, options);
    },
    state: () => ({ ...schedule?.state }),
    restore(state) {
      schedule?.restore(state as unknown as PlateauState);
    },
    epoch(event, { trainer }) {
      if (schedule?.report(measure("callbacks.reduceOnPlateau", monitor, event))) trainer.learningRate = schedule(0);
    },
  };
}
