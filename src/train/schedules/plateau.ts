/** A learning rate that falls when a measure no longer gets better. */
import { DataError } from "../../errors.ts";
import {
  checkArgument,
  checkOptions,
  countOrZero,
  type KindsOf,
  nonNegative,
  numberWithin,
  object,
  oneOf,
  required,
  show,
} from "../../options.ts";
import { checkRate } from "./decay.ts";

/** Options of `plateau`. */
export interface PlateauOptions {
  /** What the rate is multiplied by; 0.1. */
  readonly factor?: number;
  /** Reports without a better measure that are borne; 10. */
  readonly patience?: number;
  /** Whether a better measure is a smaller one (`"min"`, default: a loss) or a larger one (`"max"`: an accuracy). */
  readonly mode?: "min" | "max";
  /** A measure is better where it is so by more than this; 1e-4. */
  readonly threshold?: number;
  /** Whether `threshold` is a share of the best measure (`"relative"`, default) or a difference. */
  readonly thresholdMode?: "relative" | "absolute";
  /** Reports after a change that do not count; 0. */
  readonly cooldown?: number;
  /** The rate falls no lower; 0. */
  readonly minimum?: number;
}

/** What `Plateau.state` gives: plain data. */
export interface PlateauState {
  /** The rate now. */
  readonly rate: number;
  /** null before the first report. */
  readonly best: number | null;
  /** Reports since the best one. */
  readonly waited: number;
  /** Reports that still do not count, after a change. */
  readonly cooling: number;
}

/** A schedule that follows what it is told. */
export interface Plateau {
  /** The rate now, whatever the step. */
  (step: number): number;
  /**
   * Tells it a measure, once in every epoch, say. Returns whether the rate changed. What is NaN or infinite is never better.
   */
  report(measure: number): boolean;
  /** All that it remembers, for a run that is to go on later. */
  readonly state: PlateauState;
  /** Takes up a state, as `state` gave it. */
  restore(state: PlateauState): void;
}

const factorKind = numberWithin("a number from 0 up to, but not, 1", (value) => value >= 0 && value < 1);

const kinds: KindsOf<PlateauOptions> = {
  factor: factorKind,
  patience: countOrZero,
  mode: oneOf("min", "max"),
  threshold: nonNegative,
  thresholdMode: oneOf("relative", "absolute"),
  cooldown: countOrZero,
  minimum: nonNegative,
};

/** Multiplies the rate by `factor` where more than `patience` reports were no better, as PyTorch's ReduceLROnPlateau. */
export function plateau(rate: number, options: PlateauOptions = {}): Plateau {
  checkRate("schedules.plateau", "rate", rate);
  checkOptions("schedules.plateau", options, kinds);
  const { factor = 0.1, patience = 10, mode = "min", threshold = 1e-4, thresholdMode = "relative" } = options;
  const { cooldown = 0, minimum = 0 } = options;
  const sign = mode === "min" ? 1 : -1;
  let now: PlateauState = { rate, best: null, waited: 0, cooling: 0 };

  const isBetter = (measure: number): boolean => {
    if (!Number.isFinite(measure)) return false;
    if (now.best === null) return true;
    const margin = thresholdMode === "relative" ? threshold * Math.abs(now.best) : threshold;
    return sign * measure < sign * now.best - margin;
  };

  const report = (measure: number): boolean => {
    if (typeof measure !== "number") {
      throw new DataError(`plateau.report: the measure is ${show(measure)}, expected a number`);
    }
    const better = isBetter(measure);
    const cooling = Math.max(0, now.cooling - 1);
    // while it cools down nothing is counted
    const waited = better || now.cooling > 0 ? 0 : now.waited + 1;
    const best = better ? measure : now.best;
    if (waited <= patience) {
      now = { ...now, best, waited, cooling };
      return false;
    }
    const lower = Math.max(now.rate * factor, minimum);
    const changed = lower !== now.rate;
    now = { rate: lower, best, waited: 0, cooling: cooldown };
    return changed;
  };

  const restore = (state: PlateauState): void => {
    checkArgument("plateau.restore", "state", state, required(object));
    const { rate: given, best, waited, cooling } = state;
    const fits =
      nonNegative.fits(given) && (best === null || Number.isFinite(best)) && [waited, cooling].every(countOrZero.fits);
    if (!fits) {
      throw new DataError(
        `plateau.restore: got ${show(Object.entries(state).flat())}, expected what a plateau's state gave: { rate, best, waited, cooling }`,
      );
    }
    now = { rate: given, best, waited, cooling };
  };

  const schedule = () => now.rate;
  return Object.defineProperty(Object.assign(schedule, { report, restore }), "state", {
    get: () => now,
  }) as unknown as Plateau;
}
