/** Learning rates that fall by a formula of the step's number alone. */
import {
  checkArgument,
  checkOptions,
  count,
  flag,
  type KindsOf,
  nonNegative,
  positive,
  required,
} from "../../options.ts";

/** The learning rate of a step, numbered from 1: what an optimizer takes as `learningRate`. */
export type ScheduleFunction = (step: number) => number;

/** Steps that came before a step. */
export const before = (step: number): number => step - 1;

export function checkRate(where: string, name: string, rate: number): void {
  checkArgument(where, name, rate, required(nonNegative));
}

/** The same rate at every step. */
export function constant(rate: number): ScheduleFunction {
  checkRate("schedules.constant", "rate", rate);
  return () => rate;
}

/** Options of `step`. */
export interface StepOptions {
  /** Steps between two changes. */
  readonly every: number;
  /** What the rate is multiplied by at each of them; 0.1. */
  readonly factor?: number;
}

/** Multiplies the rate by `factor` after every `every` steps, as PyTorch's StepLR. */
export function step(rate: number, options: StepOptions): ScheduleFunction {
  checkRate("schedules.step", "rate", rate);
  checkOptions("schedules.step", options, { every: required(count), factor: nonNegative });
  const { every, factor = 0.1 } = options;
  return (at) => rate * factor ** Math.floor(before(at) / every);
}

/** Options of `exponential`. */
export interface ExponentialOptions {
  /** What the rate is multiplied by within `steps` steps. */
  readonly factor: number;
  /** 1. */
  readonly steps?: number;
  /** Whether the rate changes after whole multiples of `steps` only; false. */
  readonly staircase?: boolean;
  /** The rate falls no lower, or with a factor above 1 rises no higher; no bound where absent. */
  readonly end?: number;
}

/** rate · factor^(t / steps) after t steps, as Keras's ExponentialDecay and optax's exponential_decay. */
export function exponential(rate: number, options: ExponentialOptions): ScheduleFunction {
  checkRate("schedules.exponential", "rate", rate);
  const kinds: KindsOf<ExponentialOptions> = {
    factor: required(positive),
    steps: count,
    staircase: flag,
    end: nonNegative,
  };
  checkOptions("schedules.exponential", options, kinds);
  const { factor, steps = 1, staircase = false, end } = options;
  return (at) => {
    const share = before(at) / steps;
    const found = rate * factor ** (staircase ? Math.floor(share) : share);
    if (end === undefined) return found;
    return factor < 1 ? Math.max(found, end) : Math.min(found, end);
  };
}

/** Options of `polynomial`. */
export interface PolynomialOptions {
  /** Steps from the first rate to `end`. */
  readonly steps: number;
  /** The rate from then on; 0. */
  readonly end?: number;
  /** 1: along a line. */
  readonly power?: number;
}

/** end + (rate − end) · (1 − t / steps)^power after t steps, then `end`, as Keras's PolynomialDecay. */
export function polynomial(rate: number, options: PolynomialOptions): ScheduleFunction {
  checkRate("schedules.polynomial", "rate", rate);
  const kinds: KindsOf<PolynomialOptions> = { steps: required(count), end: nonNegative, power: positive };
  checkOptions("schedules.polynomial", options, kinds);
  const { steps, end = 0, power = 1 } = options;
  return (at) => end + (rate - end) * (1 - Math.min(before(at) / steps, 1)) ** power;
}

/** Options of `cosine`. */
export interface CosineOptions {
  /** Steps from the first rate to `end`. */
  readonly steps: number;
  /** The rate from then on; 0. */
  readonly end?: number;
}

/** Half a wave of a cosine from `rate` to `end` (Loshchilov and Hutter 2017, without restarts). */
export function cosine(rate: number, options: CosineOptions): ScheduleFunction {
  checkRate("schedules.cosine", "rate", rate);
  checkOptions("schedules.cosine", options, { steps: required(count), end: nonNegative });
  const { steps, end = 0 } = options;
  return (at) => cosineBetween(rate, end, before(at) / steps);
}

/** From `from` at 0 to `to` at 1 and beyond. */
export const cosineBetween = (from: number, to: number, share: number): number =>
  to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * Math.min(share, 1)));

/** Options of `cosineRestarts`. */
export interface RestartsOptions {
  /** Steps of the first wave. */
  readonly steps: number;
  /** How many times as long as the one before each wave is; 1. */
  readonly growth?: number;
  /** What the rate of a wave's start is multiplied by from wave to wave; 1. */
  readonly factor?: number;
  /** The rate at each wave's end; 0. */
  readonly end?: number;
}

/** Cosine waves one after the other, each from the first rate down (SGDR: Loshchilov and Hutter 2017). */
export function cosineRestarts(rate: number, options: RestartsOptions): ScheduleFunction {
  checkRate("schedules.cosineRestarts", "rate", rate);
  const kinds: KindsOf<RestartsOptions> = {
    steps: required(count),
    growth: count,
    factor: nonNegative,
    end: nonNegative,
  };
  checkOptions("schedules.cosineRestarts", options, kinds);
  const { steps, growth = 1, factor = 1, end = 0 } = options;
  return (at) => {
    const t = before(at);
    // waves that have ended: n with steps · (growthⁿ − 1) / (growth − 1) ≤ t
    const grown = growth === 1 ? t / steps : Math.log((t * (growth - 1)) / steps + 1) / Math.log(growth);
    const startOf = (wave: number) => (growth === 1 ? wave * steps : (steps * (growth ** wave - 1)) / (growth - 1));
    let wave = Math.floor(grown);
    // the logarithm is rounded
    if (startOf(wave + 1) <= t) wave++;
    if (startOf(wave) > t) wave--;
    const share = (t - startOf(wave)) / (steps * growth ** wave);
    return cosineBetween(Math.max(rate * factor ** wave, end), end, share);
  };
}
