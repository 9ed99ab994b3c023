/** Learning rates that rise first. */
import { ArgumentError } from "../../errors.ts";
import {
  checkArgument,
  checkOptions,
  count,
  either,
  fn,
  type KindsOf,
  listOf,
  nonNegative,
  numberWithin,
  oneOf,
  positive,
  required,
} from "../../options.ts";
import { at, type Schedule } from "../optim/rate.ts";
import { before, checkRate, cosineBetween, type ScheduleFunction } from "./decay.ts";

/** Options of `warmUp`. */
export interface WarmUpOptions {
  /** Steps that the rise takes. */
  readonly steps: number;
  /** The rate of the first step; 0. */
  readonly start?: number;
}

/** A line from `start` up to the schedule's first rate, which comes after `steps` steps; then the schedule from its beginning. */
export function warmUp(schedule: Schedule, options: WarmUpOptions): ScheduleFunction {
  checkArgument("schedules.warmUp", "schedule", schedule, required(either(nonNegative, fn)));
  checkOptions("schedules.warmUp", options, { steps: required(count), start: nonNegative });
  const { steps, start = 0 } = options;
  return (step) => {
    const t = before(step);
    if (t >= steps) return at(schedule, step - steps);
    return start + ((at(schedule, 1) - start) * t) / steps;
  };
}

/**
 * One schedule after the other: `schedules[i]` from its beginning after `boundaries[i − 1]` steps. Numbers are constant rates:
 * `joined([0.1, 0.01], [1000])`.
 */
export function joined(schedules: readonly Schedule[], boundaries: readonly number[]): ScheduleFunction {
  checkArgument("schedules.joined", "schedules", schedules, required(listOf(either(nonNegative, fn), "schedules")));
  checkArgument("schedules.joined", "boundaries", boundaries, required(listOf(count, "positive integers")));
  if (schedules.length !== boundaries.length + 1 || boundaries.some((each, i) => each <= (boundaries[i - 1] ?? 0))) {
    throw new ArgumentError(
      `schedules.joined: ${schedules.length} schedules and boundaries [${boundaries.join(", ")}], expected one boundary fewer than schedules, each later than the one before`,
    );
  }
  return (step) => {
    const passed = boundaries.filter((boundary) => before(step) >= boundary).length;
    return at(schedules[passed] as Schedule, step - (boundaries[passed - 1] ?? 0));
  };
}

/** Options of `oneCycle`. */
export interface OneCycleOptions {
  /** Steps of the whole cycle. */
  readonly steps: number;
  /** Share of the steps in which the rate rises; 0.3. */
  readonly rise?: number;
  /** The first rate is `peak` / `startDivisor`; 25. */
  readonly startDivisor?: number;
  /** The rate after all steps is the first one / `endDivisor`; 10,000. */
  readonly endDivisor?: number;
  /** How the rate goes up and down: along a cosine (default) or a line. */
  readonly shape?: "cosine" | "linear";
}

const riseKind = numberWithin("a number between 0 and 1", (value) => value > 0 && value < 1);

/** Up to `peak` and far below where it began (Smith and Topin 2018), then the last rate, as optax's cosine_onecycle_schedule. */
export function oneCycle(peak: number, options: OneCycleOptions): ScheduleFunction {
  checkRate("schedules.oneCycle", "peak", peak);
  const kinds: KindsOf<OneCycleOptions> = {
    steps: required(count),
    rise: riseKind,
    startDivisor: positive,
    endDivisor: positive,
    shape: oneOf("cosine", "linear"),
  };
  checkOptions("schedules.oneCycle", options, kinds);
  const { steps, rise = 0.3, startDivisor = 25, endDivisor = 1e4, shape = "cosine" } = options;
  const between =
    shape === "cosine" ? cosineBetween : (from: number, to: number, share: number) => from + (to - from) * share;
  const first = peak / startDivisor;
  const top = rise * steps;
  return (step) => {
    const t = Math.min(before(step), steps);
    return t <= top ? between(first, peak, t / top) : between(peak, first / endDivisor, (t - top) / (steps - top));
  };
}

/** Options of `inverseSquareRoot`. */
export interface InverseSquareRootOptions {
  /** Steps up to the peak. */
  readonly warmUp: number;
}

/** A line from 0 up to `peak`, then peak · √(warmUp / step) (Vaswani et al. 2017). */
export function inverseSquareRoot(peak: number, options: InverseSquareRootOptions): ScheduleFunction {
  checkRate("schedules.inverseSquareRoot", "peak", peak);
  checkOptions("schedules.inverseSquareRoot", options, { warmUp: required(count) });
  const { warmUp: rising } = options;
  return (step) => peak * Math.min(step / rising, Math.sqrt(rising / step));
}
