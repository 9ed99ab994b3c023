import { DataError } from "../errors.ts";

/** Probability, by training step, that a decoder is fed the target's token rather than its own. */
export type ForcingSchedule = (step: number) => number;

/** Falls linearly from `start` to `end` over `steps` steps and stays there. */
export function linearForcing({ steps, start = 1, end = 0 }: LinearForcing): ForcingSchedule {
  requireProbability("linearForcing", { start, end });
  requirePositive("linearForcing", "steps", steps);
  return (step) => start + (end - start) * Math.min(1, Math.max(0, step / steps));
}

export interface LinearForcing {
  readonly steps: number;
  readonly start?: number;
  readonly end?: number;
}

/** k / (k + e^(step / k)) (Bengio et al. 2015): near 1 at first, one half at step k·ln k, then falling towards 0. */
export function inverseSigmoidForcing(k: number): ForcingSchedule {
  requirePositive("inverseSigmoidForcing", "k", k);
  return (step) => 1 / (1 + Math.exp(step / k) / k);
}

function requireProbability(what: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) {
    if (!(value >= 0 && value <= 1)) throw new DataError(`${what}: ${name} is ${value}, expected from 0 to 1`);
  }
}

function requirePositive(what: string, name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) {
    throw new DataError(`${what}: ${name} is ${value}, expected a positive number`);
  }
}
