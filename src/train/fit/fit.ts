import { ArgumentError, DataError } from "../../errors.ts";
import {
  checkArgument,
  checkOptions,
  count,
  instanceOf,
  type Kind,
  type KindsOf,
  listOf,
  object,
  required,
} from "../../options.ts";
import type { DataOf, SpecTree } from "../../run/inputs.ts";
import { type DataSet, isDataSet } from "../evaluation/types.ts";
import type { LossResult, StepResult } from "../options.ts";
import { Trainer } from "../trainer.ts";
import type { EpochEvent, FitCallback, FitRun, History, StepEvent } from "./types.ts";

/** Options of `fit`. */
export interface FitOptions<D> {
  /** Passes over the data; 1. */
  readonly epochs?: number | undefined;
  /** A data set that is evaluated after each epoch. */
  readonly validation?: DataSet<D> | undefined;
  /** What is done on the way; see `callbacks`. */
  readonly callbacks?: readonly FitCallback[] | undefined;
  /** Ends the run after the steps in flight. */
  readonly signal?: AbortSignal | undefined;
  /** Steps that are started at most before the result of the first of them is there; 3. */
  readonly inFlight?: number | undefined;
}

const dataSet: Kind = { expected: "batches that can be iterated over", fits: isDataSet };

const kinds: KindsOf<FitOptions<never>> = {
  epochs: count,
  validation: dataSet,
  callbacks: listOf(object, "callbacks"),
  signal: { expected: "an AbortSignal", fits: (value) => typeof (value as AbortSignal | null)?.aborted === "boolean" },
  inFlight: count,
};

/** A step that was started. */
interface Started {
  readonly step: number;
  readonly result: Promise<StepResult>;
}

/**
 * Trains over a data set, `epochs` times: `Batches`, a `BatchStream`, an array of batches, whatever can be iterated over as often.
 * A few steps are in flight at any time, so that uploads and JavaScript overlap with the GPU's work. The carry begins with zeros in
 * each epoch. Rejects with what a step, the data or a callback throws, when the steps in flight are done.
 */
export async function fit<S extends SpecTree, C extends SpecTree, R extends LossResult>(
  trainer: Trainer<S, C, R>,
  batches: DataSet<DataOf<S>>,
  options: FitOptions<DataOf<S>> = {},
): Promise<History> {
  checkArgument("fit", "trainer", trainer, required(instanceOf(Trainer, "a Trainer")));
  checkArgument("fit", "batches", batches, required(dataSet));
  checkOptions<FitOptions<DataOf<S>>>("fit", options, kinds);
  const { epochs = 1, validation, callbacks = [], signal, inFlight = 3 } = options;
  for (const { every, pause } of callbacks) {
    if (pause && !count.fits(every))
      throw new ArgumentError(`fit: a callback has pause and every is ${every}, expected a positive integer`);
  }
  const history: EpochEvent[] = [];
  let stopped: string | null = null;
  const run: FitRun = {
    trainer,
    epochs,
    history,
    stop: (reason) => {
      stopped ??= reason;
    },
  };
  const started: Started[] = [];
  let epoch = 0;
  let number = trainer.steps;
  let [sum, counted] = [0, 0];
  let last: StepEvent | undefined;

  const finishOldest = async () => {
    const { step, result } = started[0] as Started;
    const { loss, gradNorm, skipped } = await result;
    started.shift();
    if (!skipped) {
      sum += loss;
      counted++;
    }
    last = { step, epoch, loss, gradNorm, skipped, learningRate: trainer.learningRate };
    for (const callback of callbacks) {
      const done = callback.step?.(last, run);
      if (done) await done;
    }
  };
  const finishAll = async () => {
    while (started.length > 0) await finishOldest();
  };
  const isOver = () => {
    if (signal?.aborted) run.stop("signal");
    return stopped !== null;
  };

  const trainEpoch = async () => {
    // the rest of an epoch goes on where the run was broken off
    if ((batches as { readonly startsEpoch?: boolean }).startsEpoch !== false) trainer.resetCarry();
    [sum, counted] = [0, 0];
    let steps = 0;
    for await (const batch of batches) {
      if (isOver()) break;
      const result = trainer.step(batch);
      // whoever awaits it is told
      result.catch(() => {});
      // a step whose program is still to be compiled does not count yet
      started.push({ step: ++number, result });
      steps++;
      while (started.length >= inFlight) await finishOldest();
      const pausing = callbacks.filter(({ every, pause }) => pause && number % (every as number) === 0);
      if (pausing.length === 0) continue;
      await finishAll();
      for (const callback of pausing) await callback.pause?.(last as StepEvent, run);
      if (isOver()) break;
    }
    await finishAll();
    if (steps === 0 && !isOver()) {
      throw new DataError(
        `fit: epoch ${epoch} has no batches, expected at least one; what can be iterated over once is empty the next time`,
      );
    }
  };

  try {
    for (const callback of callbacks) await callback.start?.(run);
    while (epoch < epochs && !isOver()) {
      epoch++;
      const begin = performance.now();
      await trainEpoch();
      // an epoch that was broken off is none
      if (isOver()) break;
      const evaluated = validation ? await trainer.evaluate(validation) : undefined;
      const event: EpochEvent = {
        epoch,
        step: trainer.steps,
        loss: sum / counted,
        validationLoss: evaluated?.loss,
        metrics: (evaluated?.metrics ?? {}) as Record<string, unknown>,
        learningRate: trainer.learningRate,
        seconds: (performance.now() - begin) / 1000,
      };
      history.push(event);
      for (const callback of callbacks) await callback.epoch?.(event, run);
    }
  } finally {
    await Promise.allSettled(started.map(({ result }) => result));
    for (const callback of callbacks) await callback.end?.(run);
  }
  return { epochs: history, stopped };
}
