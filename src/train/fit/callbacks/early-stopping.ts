import { loadStateDict, stateDict } from "../../../nn/module.ts";
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

interface Watched {
  /** The best measure; of another sign where a larger one is better. */
  readonly best: number;
  readonly waited: number;
  /** Of the best epoch. */
  readonly weights?: StateDict | undefined;
  /** Of the last step, where the run has ended with the best ones. */
  readonly last?: StateDict | undefined;
}

const NOTHING: Watched = { best: Number.POSITIVE_INFINITY, waited: 0 };

/** Weights that are kept, by the beginnings of their names in a checkpoint. */
const KEPT = ["weights", "last"] as const;

/**
 * Ends the run when a measure no longer gets better, and restores the best weights, also where the run ends otherwise. One that is
 * resumed goes on from its last weights.
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): FitCallback {
  const where = "callbacks.earlyStopping";
  checkOptions<EarlyStoppingOptions>(where, options, {
    ...{ monitor: monitorKind, mode: oneOf("min", "max"), patience: countOrZero, minDelta: nonNegative },
    restoreBest: flag,
  });
  const { monitor, mode = "min", patience = 0, minDelta = 0, restoreBest = true } = options;
  const sign = mode === "min" ? 1 : -1;
  let seen = NOTHING;
  return {
    name: "early stopping",
    start() {
      seen = NOTHING;
    },
    async epoch(event, run) {
      const now = sign * measure(where, monitor, event);
      if (now < seen.best - minDelta) {
        seen = { best: now, waited: 0, weights: restoreBest ? await run.weights() : undefined };
        return;
      }
      seen = { ...seen, waited: seen.waited + 1 };
      if (seen.waited > patience) run.stop(`early stopping: no better for ${seen.waited} epochs`);
    },
    async end({ trainer: { device, model } }) {
      const { weights } = seen;
      if (!weights) return;
      seen = { ...seen, last: await stateDict(device, model) };
      loadStateDict(device, model, weights);
    },
    state: () => ({ best: seen.best, waited: seen.waited }),
    tensors: () =>
      new Map(
        KEPT.flatMap((kept) => [...(seen[kept] ?? [])].map(([name, tensor]) => [`${kept}.${name}`, tensor] as const)),
      ),
    restore(state, tensors, { trainer: { device, model } }) {
      const { best, waited } = state as unknown as Watched;
      const [weights, last] = KEPT.map((kept) => {
        const own = [...tensors].filter(([name]) => name.startsWith(`${kept}.`));
        const named = own.map(([name, tensor]) => [name.slice(kept.length + 1), tensor] as const);
        return named.length > 0 ? (new Map(named) as StateDict) : undefined;
      });
      seen = { best, waited, weights };
      if (last) loadStateDict(device, model, last);
    },
  };
}
