/** The next steps of a series: an LSTM learns what is to be added to a simple forecast, as quantiles. */
import { add, compile, float32, losses, slice, squeeze } from "seqgrad";
import { Batches } from "seqgrad/data";
import { UserError } from "../shared/errors.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Prediction, Question, Task } from "../shared/task/task.ts";
import { trainModel } from "../shared/task/train.ts";
import { series as usualSeries } from "./help.mjs";
import { Forecaster, forecastsOf, quantiles, type Settings } from "./net.ts";
import { type ForecastingOptions, flags, readOptions } from "./options.ts";
import { picture } from "./picture.ts";
import { bestReference, maeOf, referencesFor } from "./references.ts";
import {
  channelsOf,
  type Examples,
  examplesOf,
  firstEnd,
  fitScales,
  madeUpSeries,
  readSeries,
  type Series,
} from "./series.ts";

async function run(job: Job<ForecastingOptions, Settings>): Promise<Outcome<Settings>> {
  const { options, seed, saved } = job;
  const { horizon, window, seasons, log } = options;
  const form = saved?.settings.form ?? { horizon, window, seasons, log };
  const isUsual = options.series !== undefined && job.data !== undefined;
  const file = isUsual ? usualSeries[options.series as "airline"].set.split("/").at(-1) : undefined;
  const columns = job.data ? options : { target: undefined, inputs: [] };
  const series = await readSeries(job.data ?? madeUpSeries(seed), {
    file,
    target: columns.target,
    inputs: columns.inputs,
  });
  const other = job.test && (await readSeries(job.test, { target: columns.target, inputs: columns.inputs }));
  const [trained, chosen] = [0.7, 0.8].map((share) => Math.round((other ? share / 0.8 : share) * series.rows)) as [
    number,
    number,
  ];
  const references = referencesFor(form.seasons);

  const reference = saved?.settings.reference ?? bestReference(references, series, form, { from: trained, to: chosen });
  const forecast = references[reference];
  const settings: Settings = saved?.settings ?? {
    target: series.name,
    inputs: columns.inputs,
    form,
    scales: fitScales(series, form, forecast, trained),
    reference,
    hidden: options.hidden,
    channels: channelsOf(form, series.inputs[0]?.length ?? 0),
  };
  const partOf = (of: Series, from: number, to: number) =>
    examplesOf(of, form, settings.scales, forecast, { from, to, stride: options.stride });
  const test = other ? partOf(other, 0, other.rows) : partOf(series, chosen, series.rows);
  const [training, validation] = [partOf(series, 0, trained), partOf(series, trained, chosen)];
  if (Math.min(training.ends.length, validation.ends.length, test.ends.length) === 0) {
    throw new UserError(
      `${series.rows} rows are too few for windows of ${form.window} and ${form.horizon} steps; give more, or a shorter --window`,
    );
  }
  const model = new Forecaster(settings.channels, settings.hidden, form.horizon);
  job.say(
    "model",
    `LSTM of ${settings.hidden} units, added to ${reference}: ${form.horizon} steps behind ${form.window}`,
  );

  const batchesOf = ({ x, y, known }: Examples, shuffle: number | false = false) =>
    new Batches({ x, y, known }, { batchSize: options.batch, shuffle });
  const trainer = await trainModel(job, model, {
    inputs: {
      x: float32(["batch", form.window, settings.channels]),
      y: float32(["batch", form.horizon]),
      known: float32(["batch", form.horizon]),
    },
    loss: ({ x, y, known }) => {
      const outputs = model.forward(x);
      const parts = quantiles.map((quantile, i) =>
        losses.quantile(squeeze(slice(outputs, 2, i, i + 1), 2), y, { quantile, weights: known }),
      );
      return { loss: parts.reduce(add), outputs };
    },
    training: () => batchesOf(training, seed),
    validation: () => batchesOf(validation),
    epochs: options.epochs,
    learningRate: options.lr,
  });
  const outputs: number[] = [];
  for await (const each of trainer.predict(batchesOf(test))) for (const value of each) outputs.push(Number(value));

  const source = other ?? series;
  const forecasts = forecastsOf(test, settings, outputs);
  const medians = forecasts.map((steps) => steps.map((step) => step[1] as number));
  const simple = Object.entries(references).filter(([name]) => name !== "seasonalDrift");
  const errors = simple.map(
    ([name, f]) =>
      [
        name,
        maeOf(
          source,
          test.ends,
          test.ends.map((end) => f(source.target, end, form.horizon)),
        ),
      ] as const,
  );
  for (const [name, error] of errors) job.say("simple", `${name}: ${error.toFixed(3)}`);
  return {
    metrics: { mae: maeOf(source, test.ends, medians) },
    baseline: { mae: Math.min(...errors.map(([, error]) => error)) },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.ends.length, tested: test.ends.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: { "forecast.svg": picture(source, test.ends, forecasts) },
  };
}

/** The steps behind the end of a series, one behind the other. */
async function* predict({ device, data, saved }: Question<ForecastingOptions, Settings>): AsyncGenerator<Prediction> {
  const { settings, weights } = saved;
  const { form, target, inputs: others } = settings;
  const series = await readSeries(data, { target, inputs: others });
  const behind = { from: series.rows, to: series.rows + form.horizon, stride: 1 };
  const example = examplesOf(series, form, settings.scales, referencesFor(form.seasons)[settings.reference], behind);
  if (example.ends[0] !== series.rows) {
    throw new UserError(`${data.name}: ${series.rows} rows are too few; expected at least ${firstEnd(form)}`);
  }
  const model = new Forecaster(settings.channels, settings.hidden, form.horizon);
  model.loadStateDict(device, weights);
  const inputs = { x: float32([1, form.window, settings.channels]) };
  const program = await compile(device, model, { inputs, fn: ({ x }) => model.forward(x) });
  const outputs = await (await program.run({ x: example.x })).read();
  const [steps = []] = forecastsOf(example, settings, Array.from(outputs, Number));
  for (const [i, [low = 0, middle = 0, high = 0]] of steps.entries()) {
    yield { step: i + 1, "one in ten below": low, [series.name]: middle, "one in ten above": high };
  }
}

export const forecasting: Task<ForecastingOptions, Settings> = {
  name: "forecasting",
  flags,
  readOptions,
  run,
  predict,
};
