/** The next steps of a series: an LSTM learns what is to be added to a simple forecast, as quantiles. */
import {
  add,
  callbacks,
  float32,
  last,
  losses,
  nn,
  optim,
  reshape,
  schedules,
  slice,
  squeeze,
  Trainer,
  type Value,
} from "seqgrad";
import { Batches } from "seqgrad/data";
import { drift, persistence, seasonalDrift, seasonalNaive } from "../baselines/forecasts.ts";
import { UserError } from "../shared/errors.ts";
import { figure } from "../shared/figures/figure.ts";
import { lineChart } from "../shared/figures/line-chart.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { series as usualSeries } from "./help.mjs";
import { type ForecastingOptions, flags, readOptions } from "./options.ts";
import {
  channelsOf,
  type Examples,
  examplesOf,
  type Form,
  firstEnd,
  fitScales,
  madeUpSeries,
  readSeries,
  restored,
  type Scales,
  type Series,
} from "./series.ts";

const quantiles = [0.1, 0.5, 0.9];

interface Settings {
  readonly form: Form;
  readonly scales: Scales;
  readonly reference: keyof ReturnType<typeof referencesFor>;
  readonly hidden: number;
  readonly channels: number;
}

class Forecaster extends nn.Module {
  readonly lstm: nn.LSTM;
  readonly head: nn.Linear;

  constructor(
    channels: number,
    hidden: number,
    private readonly horizon: number,
  ) {
    super();
    this.lstm = new nn.LSTM(channels, hidden);
    this.head = new nn.Linear(hidden, horizon * quantiles.length);
  }

  /** float32 [batch, window, channels] → [batch, horizon, quantiles] */
  forward(x: Value): Value {
    const summary = last(this.lstm.forward(x)[0]);
    return reshape(this.head.forward(summary), [summary.shape[0] as number, this.horizon, quantiles.length]);
  }
}

/** What needs no training, by name. Without a season some are the same. */
function referencesFor([season]: readonly number[]) {
  return {
    persistence,
    drift,
    seasonalNaive: season ? seasonalNaive(season) : persistence,
    seasonalDrift: season ? seasonalDrift(season) : drift,
  };
}

async function run(job: Job<ForecastingOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
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
  if (saved) model.loadStateDict(device, saved.weights);
  job.say(
    "model",
    `LSTM of ${settings.hidden} units, added to ${reference}: ${form.horizon} steps behind ${form.window}`,
  );

  const batchesOf = ({ x, y, known }: Examples, shuffle: number | false = false) =>
    new Batches({ x, y, known }, { batchSize: options.batch, shuffle });
  const batches = batchesOf(training, seed);
  const epochs = job.epochs ?? options.epochs;
  const trainer = await Trainer.create(device, model, {
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
    optimizer: optim.adamW({
      learningRate: schedules.oneCycle(options.lr, { steps: epochs * batches.length }),
      weightDecay: 0.01,
    }),
    clipNorm: 1,
    seed,
    resume: job.resume,
  });
  if (!saved) {
    const stopping = callbacks.earlyStopping({ patience: epochs });
    await job.fit(trainer, batches, { epochs, validation: batchesOf(validation), callbacks: [stopping] });
  }
  const outputs: number[] = [];
  for await (const each of trainer.predict(batchesOf(test))) for (const value of each) outputs.push(Number(value));

  const source = other ?? series;
  const forecasts = test.references.map((values, example) =>
    values.map((value, step) =>
      quantiles.map((_, i) => {
        const residual = outputs[(example * form.horizon + step) * quantiles.length + i] as number;
        return restored(form, value + residual * settings.scales.residual);
      }),
    ),
  );
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

/** The simple forecast that is nearest on the rows that choices are made by. */
function bestReference(
  references: ReturnType<typeof referencesFor>,
  { target, rows }: Series,
  form: Form,
  { from, to }: { readonly from: number; readonly to: number },
): Settings["reference"] {
  const ends: number[] = [];
  for (let end = Math.max(from, firstEnd(form)); end + form.horizon <= to; end++) ends.push(end);
  if (ends.length === 0) throw new UserError(`${rows} rows are too few to choose by; give more, or a shorter --window`);
  const names = Object.keys(references) as Settings["reference"][];
  const errors = names.map((name) =>
    maeOf(
      { target },
      ends,
      ends.map((end) => references[name](target, end, form.horizon)),
    ),
  );
  return names[errors.indexOf(Math.min(...errors.filter((error) => !Number.isNaN(error))))] ?? "persistence";
}

/** The mean absolute error over all steps of all forecasts; what is missing does not count. */
function maeOf(
  { target }: Pick<Series, "target">,
  ends: readonly number[],
  forecasts: readonly (readonly number[])[],
): number {
  let [sum, count] = [0, 0];
  for (const [i, end] of ends.entries()) {
    for (const [step, value] of (forecasts[i] as readonly number[]).entries()) {
      const error = Math.abs(value - (target[end + step] as number));
      if (Number.isNaN(target[end + step])) continue;
      sum += error;
      count++;
    }
  }
  return sum / count;
}

/** Some forecasts one behind the other, over what came. */
function picture(
  { target, name }: Series,
  ends: readonly number[],
  forecasts: readonly (readonly (readonly number[])[])[],
): string {
  const horizon = forecasts[0]?.length ?? 1;
  const from =
    (ends.at(-1) as number) + horizon - Math.min(12 * horizon, (ends.at(-1) as number) + horizon - (ends[0] as number));
  const chosen: number[] = [];
  for (const [i, end] of ends.entries())
    if (end >= from && end >= (ends[chosen.at(-1) ?? -1] ?? -horizon) + horizon) chosen.push(i);
  const points = (of: number) =>
    chosen.flatMap((i) =>
      (forecasts[i] as number[][]).map((step, t) => [(ends[i] as number) + t, step[of] as number] as const),
    );
  const known = points(1).map(([row]) => [row, target[row] as number] as const);
  const lines = [
    { label: "what came", points: known },
    { label: "forecast", points: points(1) },
    { label: "one in ten below", points: points(0) },
    { label: "one in ten above", points: points(2) },
  ];
  return figure({ title: `${name}, ${horizon} steps ahead` }, [lineChart({ xLabel: "row", yLabel: name, lines })]);
}

export const forecasting: Task<ForecastingOptions, Settings> = { name: "forecasting", flags, readOptions, run };
