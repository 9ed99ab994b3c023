import type { Paired } from "../types.ts";

/** Two-sided, of a standard normal distribution. */
const Z_95 = 1.96;

/**
 * Median of the ratios `before[i] / after[i]` of samples taken one right after the other, and its 95% confidence interval
 * by order statistics: it assumes nothing of how the times are distributed (Conover, Practical Nonparametric Statistics, 3.2).
 */
export function pairedRatio(after: readonly number[], before: readonly number[]): Paired {
  const rounds = Math.min(after.length, before.length);
  const ratios = Array.from({ length: rounds }, (_, i) => (after[i] as number) / (before[i] as number));
  ratios.sort((a, b) => a - b);
  const at = (place: number): number => ratios[Math.max(0, Math.min(rounds - 1, place))] as number;
  const half = (Z_95 * Math.sqrt(rounds)) / 2;
  return {
    ratio: (at(Math.floor((rounds - 1) / 2)) + at(Math.ceil((rounds - 1) / 2))) / 2,
    low: at(Math.floor(rounds / 2 - half)),
    high: at(Math.ceil(rounds / 2 + half) - 1),
    rounds,
  };
}
