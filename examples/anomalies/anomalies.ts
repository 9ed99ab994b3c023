/** Where a series is not as it used to be: what a forecast and a drawing of it are off by, beside three deviations. */
import { compile } from "seqgrad";
import { Batches } from "seqgrad/data";
import { deviations, threeSigma } from "../baselines/three-sigma.ts";
import { UserError } from "../shared/errors.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Prediction, Question, Task } from "../shared/task/task.ts";
import { trainModel } from "../shared/task/train.ts";
import { Detector, type DetectorSizes, detectorInputs, detectorLoss, windowsOf } from "./detector.ts";
import { countFound } from "./found.ts";
import { defaults } from "./help.mjs";
import { type AnomalyOptions, flags, readOptions } from "./options.ts";
import { picture } from "./picture.ts";
import { endsIn, residualsOf, rootMeanSquare, scoresOf, type Usual, usualOf } from "./scores.ts";
import { madeUpDays, readTimedSeries, type TimedSeries, withInserted } from "./series.ts";

interface Settings {
  readonly sizes: DetectorSizes;
  readonly mean: number;
  readonly deviation: number;
  /** Of the rows that were learned from; undefined before they were. */
  readonly usual?: Usual;
}

/** Shares of the rows that are learned from, and that are learned from or chosen by. All others are searched. */
const [learned, known] = [0.35, 0.45];

async function run(job: Job<AnomalyOptions, Settings>): Promise<Outcome<Settings>> {
  const { options, seed, saved } = job;
  const file = job.data && options.file !== undefined ? options.file : undefined;
  const given = await readTimedSeries(job.data ?? madeUpDays(seed), { file, column: options.column });
  const other = job.test && (await readTimedSeries(job.test, { column: options.column }));
  const [trained, chosen] = [learned, known].map((share) => Math.round(share * given.values.length)) as [
    number,
    number,
  ];
  const from = other ? 0 : chosen;
  const insert = options.insert || (job.data ? 0 : 6);
  const { period } = options;
  const searched = other ?? given;
  const series = insert > 0 ? withInserted(searched, { count: insert, period, from, seed }) : searched;
  const ignored = insert > 0 ? searched.windows : [];

  const settings = saved?.settings ?? { sizes: sizesOf(options), ...scaleOf(given.values.slice(0, trained)) };
  const { sizes, mean, deviation } = settings;
  const scale = (value: number) => (value - mean) / deviation;
  const model = new Detector(sizes);
  const training = endsIn(0, trained, sizes, options.stride);
  const batchesOf = (of: TimedSeries, ends: readonly number[], size: number, shuffle: number | false = false) =>
    new Batches(windowsOf(of, ends, sizes, scale), { batchSize: size, shuffle });
  const trainer = await trainModel(job, model, {
    inputs: detectorInputs(sizes),
    loss: detectorLoss(model),
    training: () => batchesOf(given, training, options.batch, seed),
    validation: () => batchesOf(given, endsIn(trained, chosen, sizes, options.stride), 128),
    epochs: defaults.epochs,
    learningRate: options.lr,
  });

  const residuals = (of: TimedSeries) =>
    residualsOf(of, sizes, scale, (windows) => trainer.predict(new Batches(windows, { batchSize: 256 })));
  const own = await residuals(given);
  const usual = usualOf(own, trained, chosen);
  const scores = scoresOf(series === given ? own : await residuals(series), usual);
  const far = deviations(series.values);
  const byNets = Array.from(scores, (score) => score > 1);
  const alarms = byNets.map((isAlarm, row) => isAlarm || (far[row] as number) > 3);

  const count = (rows: readonly boolean[]) => countFound(rows, series.windows, { from, apart: sizes.window, ignored });
  const [found, baseline, nets] = [count(alarms), count(threeSigma(series.values)), count(byNets)];
  job.say("searched", `${series.windows.length} anomalies in ${series.values.length - from} rows`);
  job.say("nets", `alone ${nets.windowsFound} found, ${nets.falseAlarms} false alarms`);
  return {
    metrics: { ...found },
    baseline: { ...baseline },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.length, tested: series.values.length - from },
    model: saved ? undefined : { settings: { ...settings, usual }, weights: await trainer.stateDict() },
    files: {
      "anomalies.svg": picture(series, scores, alarms, from),
      "alarms.csv": table(series, scores, alarms, from),
    },
  };
}

const sizesOf = ({ window, horizon, hidden, code }: AnomalyOptions): DetectorSizes => ({
  window,
  horizon,
  hidden,
  code,
});

function scaleOf(values: Float64Array): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: rootMeanSquare(values.map((value) => value - mean)) };
}

/** Rows with an alarm. */
function table({ times, values }: TimedSeries, scores: Float64Array, alarms: readonly boolean[], from: number): string {
  const rows = alarms.flatMap((isAlarm, row) =>
    isAlarm && row >= from ? [`${times[row]},${values[row]},${(scores[row] as number).toFixed(3)}`] : [],
  );
  return `${["time,value,score", ...rows].join("\n")}\n`;
}

/** Every row of a series: how far off it is in parts of what is an alarm, and whether it is one, by the nets or three deviations. */
async function* predict({
  device,
  options,
  data,
  saved,
}: Question<AnomalyOptions, Settings>): AsyncGenerator<Prediction> {
  const { sizes, mean, deviation, usual } = saved.settings;
  if (usual === undefined) throw new UserError("--load: the model does not say what is usual; train it anew");
  const series = await readTimedSeries(data, { column: options.column });
  const model = new Detector(sizes);
  model.loadStateDict(device, saved.weights);
  const { values, calendar } = detectorInputs(sizes);
  const program = await compile(device, model, {
    inputs: { values, calendar },
    fn: ({ values, calendar }) => model.forward(values, calendar),
  });
  const scale = (value: number) => (value - mean) / deviation;
  const residuals = await residualsOf(series, sizes, scale, async function* (windows) {
    for (const { values, calendar } of new Batches(windows, { batchSize: 256 })) {
      const { next, drawn } = await program.run({ values, calendar });
      yield { next: await next.read(), drawn: await drawn.read() };
    }
  });
  const far = deviations(series.values);
  for (const [row, score] of scoresOf(residuals, usual).entries()) {
    const isAlarm = score > 1 || (far[row] as number) > 3;
    yield {
      time: series.times[row] as string,
      [series.name]: series.values[row] as number,
      score,
      alarm: isAlarm ? "yes" : "",
    };
  }
}

export const anomalies: Task<AnomalyOptions, Settings> = { name: "anomalies", flags, readOptions, run, predict };
