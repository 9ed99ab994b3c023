import { loadStateDict } from "../../../nn/module.ts";
import type { StateDict } from "../../../nn/state-dict.ts";
import { checkOptions, countOrZero, flag, nonNegative, oneOf } from "../../../options.ts";
import type { FitCallback } from "../types.ts";
import { type Monitor, measure, monitorKind } from "./monitor.ts";

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** What is to get better; the validation's loss, or without validation that of the steps. */
  readonly monitor?: Monitor;
  /** Whether a better measure is a smaller one (`"min"`, default) or a larger one. */
  readonly mode?: "min" | "max";
  /** Epochs without a better measure that are borne; 0. */
  readonly patience?: number;
  /** A measure is better where it is so by more than this; 0. */
  readonly minDelta?: number;
  /** Whether the model ends with the weights of its best epoch; true. */
  readonly restoreBest?: boolean;
}

/** Ends the run when a measure no longer gets better, and restores the best weights, also where the run ends otherwise. */
export function earlyStopping(options: EarlyStoppingOptions = {}): FitCallback {
  const where = "callbacks.earlyStopping";
  checkOptions<EarlyStoppingOptions>(where, options, {
    ...{ monitor: monitorKind, mode: oneOf("min", "max"), patience: countOrZero, minDelta: nonNegative },
    restoreBest: flag,
  });
  const { monitor, mode = "min", patience = 0, minDelta = 0, restoreBest = true } = options;
  const sign = mode === "min" ? 1 : -1;
  let [best, waited] = [Number.POSITIVE_INFINITY, 0];
  let weights: StateDict | undefined;
  return {
    start() {
      [best, waited, weights] = [Number.POSITIVE_INFINITY, 0, undefined];
    },
    async epoch(event, run) {
      const now = sign * measure(where, monitor, event);
      if (now < best - minDelta) {
        [best, waited] = [now, 0];
        if (restoreBest) weights = await run.trainer.stateDict();
      } else if (++waited > patience) run.stop(`early stopping: no better for ${waited} epochs`);
    },
    end({ trainer }) {
      if (weights) loadStateDict(trainer.device, trainer.model, weights);
    },
  };
}
