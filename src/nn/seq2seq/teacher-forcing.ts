import { checkArgument, checkOptions, positive, required, share } from "../../options.ts";

/** Probability, by training step, that a decoder is fed the target's token rather than its own. */
export type ForcingSchedule = (step: number) => number;

/** Falls linearly from `start` to `end` over `steps` steps and stays there. */
export function linearForcing(options: LinearForcing): ForcingSchedule {
  checkOptions("linearForcing", options, { steps: required(positive), start: share, end: share });
  const { steps, start = 1, end = 0 } = options;
  return (step) => start + (end - start) * Math.min(1, Math.max(0, step / steps));
}

/** Options of `linearForcing`. */
export interface LinearForcing {
  /** Steps until `end` is reached. */
  readonly steps: number;
  /** Probability at step 0; 1. */
  readonly start?: number;
  /** Probability from `steps` on; 0. */
  readonly end?: number;
}

/** k / (k + e^(step / k)) (Bengio et al. 2015): near 1 at first, one half at step k·ln k, then falling towards 0. */
export function inverseSigmoidForcing(k: number): ForcingSchedule {
  checkArgument("inverseSigmoidForcing", "k", k, required(positive));
  return (step) => 1 / (1 + Math.exp(step / k) / k);
}
