import { ArgumentError } from "../../errors.ts";
import {
  checkArgument,
  checkOptions,
  count,
  flag,
  instanceOf,
  type Kind,
  type KindsOf,
  listOf,
  object,
  required,
  text,
} from "../../options.ts";
import type { DataOf, SpecTree } from "../../run/inputs.ts";
import { type DataSet, isDataSet } from "../evaluation/types.ts";
import type { LossResult } from "../options.ts";
import { Trainer } from "../trainer.ts";
import { Fitting } from "./fitting.ts";
import type { FitOptions, History } from "./types.ts";

const dataSet: Kind = { expected: "batches that can be iterated over", fits: isDataSet };

const kinds: KindsOf<FitOptions<never>> = {
  epochs: count,
  validation: dataSet,
  validateAverage: flag,
  callbacks: listOf(object, "callbacks"),
  signal: { expected: "an AbortSignal", fits: (value) => typeof (value as AbortSignal | null)?.aborted === "boolean" },
  inFlight: count,
  name: text,
};

/**
 * Trains over a data set, `epochs` times: `Batches`, a `BatchStream`, an array of batches, whatever can be iterated over as often.
 * A few steps are in flight at any time, so that uploads and JavaScript overlap with the GPU's work. The carry begins with zeros in
 * each epoch. Rejects with what a step, the data or a callback throws, when the steps in flight are done.
 *
 * What is saved with the trainer (`trainer.save`, at any moment) holds where the run is: epoch and step, the history, what callbacks
 * remember, and the position of data that have `state` and `restore`, as `Batches` do; of others as many batches are left out as were
 * taken. In a trainer that was resumed the same call goes on from there, with the bits and the history of a run that was never broken
 * off. One that had ended by its own gives its history and does nothing, unless more epochs are asked for than it had; so does one
 * that other steps came behind.
 */
export async function fit<S extends SpecTree, C extends SpecTree, R extends LossResult>(
  trainer: Trainer<S, C, R>,
  batches: DataSet<DataOf<S>>,
  options: FitOptions<DataOf<S>> = {},
): Promise<History> {
  checkArgument("fit", "trainer", trainer, required(instanceOf(Trainer, "a Trainer")));
  checkArgument("fit", "batches", batches, required(dataSet));
  checkOptions<FitOptions<DataOf<S>>>("fit", options, kinds);
  for (const { every, pause } of options.callbacks ?? []) {
    if (pause && !count.fits(every))
      throw new ArgumentError(`fit: a callback has pause and every is ${every}, expected a positive integer`);
  }
  if (options.validateAverage && !trainer.internals.average) {
    throw new ArgumentError(
      "fit: validateAverage is true and the trainer makes no average of weights, expected one; create it with weightAverage: {}",
    );
  }
  return new Fitting(trainer as never, batches as never, options as FitOptions<object>).run();
}
