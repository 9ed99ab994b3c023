import { ArgumentError } from "../../errors.ts";
import { nonNegative, show } from "../../options.ts";

/**
 * A learning rate: a number, or a function of the step's number (from 1). The number counts batches, also those that were
 * skipped because their loss or gradients were not finite.
 */
export type Schedule = number | ((step: number) => number);

/** The learning rate of a step. Throws ArgumentError where a schedule gives none. */
export function at(schedule: Schedule, step: number): number {
  const rate: unknown = typeof schedule === "number" ? schedule : schedule(step);
  if (!nonNegative.fits(rate)) {
    throw new ArgumentError(
      `step ${step}: the schedule gives the learning rate ${show(rate)}, expected ${nonNegative.expected}; have it return one for every step from 1 on`,
    );
  }
  return rate as number;
}
