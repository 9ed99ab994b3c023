import { ArgumentError, DataError, NonFiniteError } from "../errors.ts";
import {
  checkArgument,
  checkOptions,
  instanceOf,
  type Kind,
  type KindsOf,
  numberWithin,
  positive,
  rate,
  required,
} from "../options.ts";
import type { DataOf, SpecTree } from "../run/inputs.ts";
import { remember } from "./checkpoint/rewind.ts";
import { type DataSet, isDataSet } from "./evaluation/types.ts";
import { type Batches, type Data, iterate, positionOf, restorePosition } from "./fit/data.ts";
import type { LossResult } from "./options.ts";
import { Trainer } from "./trainer.ts";

/** Options of `findLearningRate`. */
export interface LearningRateOptions {
  /** The first rate; 1e-7. */
  readonly from?: number;
  /** The last rate; 10. */
  readonly to?: number;
  /** Updates at most, each with a rate that is as many times as large as the one before; 100, at most 10,000. */
  readonly steps?: number;
  /** How much of the moving average of losses stays at each step; 0.9. */
  readonly smoothing?: number;
  /** The test ends where the smoothed loss is so many times as large as the least so far; 4. */
  readonly explosion?: number;
}

/** What `findLearningRate` gives: a curve, whose lists are as long as one another. */
export interface LearningRateRange {
  /** In order. */
  readonly rates: readonly number[];
  /** The loss of each step, before its update. */
  readonly losses: readonly number[];
  /** A moving average of them, corrected for what it began with. */
  readonly smoothed: readonly number[];
  /** The rate where the smoothed loss falls fastest, by the logarithm of the rate; null where it does not fall. */
  readonly suggested: number | null;
}

const dataSet: Kind = { expected: "batches that can be iterated over", fits: isDataSet };

/** More rates than a curve can show; so many more than meant are a slip. */
const MOST_STEPS = 10_000;

const kinds: KindsOf<LearningRateOptions> = {
  from: positive,
  to: positive,
  steps: numberWithin(
    `an integer from 1 to ${MOST_STEPS}`,
    (value) => Number.isInteger(value) && value >= 1 && value <= MOST_STEPS,
  ),
  smoothing: rate,
  explosion: numberWithin("a number above 1", (value) => value > 1),
};

/**
 * Tries learning rates on a trainer, from tiny to too large ones, a step each (the range test of Smith 2017), until the loss explodes
 * or is not finite. Take the rate that is suggested, or look at the curve: one somewhat below that where the loss is least.
 *
 * Afterwards the trainer is what it was, bit for bit: weights, the optimizer's state, carry, steps, its rate and what is attached to
 * it; so is the position of data that have `state` and `restore`, as `Batches` do. Batches that are too few are gone through again.
 * Start no other steps meanwhile. Groups with a learning rate of their own keep it.
 *
 * @example
 * ```ts
 * import { findLearningRate, type Trainer } from "seqgrad";
 *
 * async function begin(trainer: Trainer<object>, batches: object[]) {
 *   const { suggested } = await findLearningRate(trainer, batches, { steps: 50 });
 *   if (suggested !== null) trainer.learningRate = suggested;
 * }
 * ```
 */
export async function findLearningRate<S extends SpecTree, C extends SpecTree, R extends LossResult>(
  trainer: Trainer<S, C, R>,
  batches: DataSet<DataOf<S>>,
  options: LearningRateOptions = {},
): Promise<LearningRateRange> {
  const op = "findLearningRate";
  checkArgument(op, "trainer", trainer, required(instanceOf(Trainer, "a Trainer")));
  checkArgument(op, "batches", batches, required(dataSet));
  checkOptions<LearningRateOptions>(op, options, kinds);
  const { from = 1e-7, to = 10, steps = 100, smoothing = 0.9, explosion = 4 } = options;
  if (from >= to) throw new ArgumentError(`${op}: from is ${from}, expected less than to, which is ${to}`);

  const restore = await remember(op, trainer.internals);
  const data = batches as Data;
  const position = await positionOf(data);
  const source = repeated(op, data);
  try {
    const curve = new Curve(smoothing, explosion);
    for (let i = 0; i < steps && !curve.exploded; i++) {
      const tried = from * (to / from) ** (i / Math.max(1, steps - 1));
      trainer.learningRate = tried;
      const loss = await meanLoss(trainer as never, source);
      if (loss === undefined) break;
      curve.add(tried, loss);
    }
    return curve.range();
  } finally {
    await source.return?.();
    restore();
    restorePosition(data, position);
  }
}

/** The loss of the batches that make an update; undefined where it is not finite, or where there are no more of them. */
async function meanLoss(trainer: Trainer<never, never>, source: Batches): Promise<number | undefined> {
  const { every } = trainer.internals.stepping;
  let sum = 0;
  for (let i = 0; i < every; i++) {
    const { done, value } = await source.next();
    if (done) return undefined;
    try {
      const { loss, skipped } = await trainer.step(value as never);
      if (skipped) return undefined;
      sum += loss;
    } catch (error) {
      if (error instanceof NonFiniteError) return undefined;
      throw error;
    }
  }
  return Number.isFinite(sum) ? sum / every : undefined;
}

/** Batches of a data set, over and over; of what can be iterated over once, those that there are. */
async function* repeated(op: string, data: Data): AsyncGenerator<object, void, undefined> {
  let found = false;
  // what stands at the end of an epoch has none before it begins anew
  for (let empty = 0; empty < 2; empty++) {
    const batches = iterate(data);
    try {
      for (;;) {
        const { done, value } = await batches.next();
        if (done) break;
        [found, empty] = [true, -1];
        yield value;
      }
    } finally {
      await batches.return?.();
    }
  }
  if (!found) throw new DataError(`${op}: there are no batches, expected at least one`);
}

class Curve {
  readonly #rates: number[] = [];
  readonly #losses: number[] = [];
  readonly #smoothed: number[] = [];
  #average = 0;
  #least = Number.POSITIVE_INFINITY;
  exploded = false;

  constructor(
    private readonly smoothing: number,
    private readonly explosion: number,
  ) {}

  add(rate: number, loss: number): void {
    this.#rates.push(rate);
    this.#losses.push(loss);
    this.#average = this.smoothing * this.#average + (1 - this.smoothing) * loss;
    const smoothed = this.#average / (1 - this.smoothing ** this.#losses.length);
    this.#smoothed.push(smoothed);
    this.#least = Math.min(this.#least, smoothed);
    // losses may be below 0
    this.exploded = smoothed - this.#least > (this.explosion - 1) * Math.abs(this.#least);
  }

  range(): LearningRateRange {
    return { rates: this.#rates, losses: this.#losses, smoothed: this.#smoothed, suggested: this.#suggested() };
  }

  #suggested(): number | null {
    const smoothed = this.#smoothed;
    const end = smoothed.indexOf(this.#least);
    // an average of few losses says little
    const begin = Math.max(1, Math.floor(smoothed.length / 10));
    let [steepest, suggested]: [number, number | null] = [0, null];
    for (let i = begin; i < Math.min(end + 1, smoothed.length - 1); i++) {
      const slope = (smoothed[i + 1] as number) - (smoothed[i - 1] as number);
      if (slope < steepest) [steepest, suggested] = [slope, this.#rates[i] as number];
    }
    return suggested;
  }
}
