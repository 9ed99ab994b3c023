/** Where a series is not as it used to be: what a forecast and a drawing of it are off by, beside three deviations. */
import { callbacks, optim, schedules, Trainer } from "seqgrad";
import { Batches } from "seqgrad/data";
import { deviations, threeSigma } from "../baselines/three-sigma.ts";
import { UserError } from "../shared/errors.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { Detector, type DetectorSizes, detectorInputs, detectorLoss, windowsOf } from "./detector.ts";
import { countFound, meanResiduals } from "./found.ts";
import { defaults } from "./help.mjs";
import { type AnomalyOptions, flags, readOptions } from "./options.ts";
import { picture } from "./picture.ts";
import { madeUpDays, readTimedSeries, type TimedSeries, withInserted } from "./series.ts";

interface Settings {
  readonly sizes: DetectorSizes;
  readonly mean: number;
  readonly deviation: number;
}

/** Shares of the rows that are learned from, and that are learned from or chosen by. All others are searched. */
const [learned, known] = [0.35, 0.45];

/** An alarm is what is further off than ever in the rows known, by a tenth, and by four deviations over all rows. */
const [margin, most] = [1.1, 4];

async function run(job: Job<AnomalyOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const usual = job.data && options.file !== undefined ? options.file : undefined;
  const given = await readTimedSeries(job.data ?? madeUpDays(seed), { file: usual, column: options.column });
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
  if (saved) model.loadStateDict(device, saved.weights);
  const endsIn = (first: number, end: number, stride = 1) => {
    const ends: number[] = [];
    for (let at = first + sizes.window; at + sizes.horizon <= end; at += stride) ends.push(at);
    if (ends.length === 0) {
      throw new UserError(
        `${end - first} rows are too few for --window ${sizes.window} and --horizon ${sizes.horizon}`,
      );
    }
    return ends;
  };
  const training = endsIn(0, trained, options.stride);
  const batchesOf = (of: TimedSeries, ends: readonly number[], size: number, shuffle: number | false = false) =>
    new Batches(windowsOf(of, ends, sizes, scale), { batchSize: size, shuffle });
  const batches = batchesOf(given, training, options.batch, seed);
  const validation = batchesOf(given, endsIn(trained, chosen, options.stride), 128);
  const epochs = job.epochs ?? defaults.epochs;
  const trainer = await Trainer.create(device, model, {
    inputs: detectorInputs(sizes),
    loss: detectorLoss(model),
    optimizer: optim.adamW({ learningRate: schedules.oneCycle(options.lr, { steps: epochs * batches.length }) }),
    clipNorm: 1,
    seed,
    resume: job.resume,
  });
  if (!saved) {
    const stopping = callbacks.earlyStopping({ patience: epochs });
    await job.fit(trainer, batches, { epochs, validation, callbacks: [stopping] });
  }

  /** How far off the forecast and the drawing of each row are. */
  const residualsOf = async (of: TimedSeries) => {
    const ends = endsIn(0, of.values.length);
    const data = batchesOf(of, ends, 256);
    const { values, next } = windowsOf(of, ends, sizes, scale);
    const [foretold, drawn]: [number[], number[]] = [[], []];
    for await (const each of trainer.predict(data)) {
      for (const value of each.next) foretold.push(Number(value));
      for (const value of each.drawn) drawn.push(Number(value));
    }
    const off = (predicted: readonly number[], truth: readonly (readonly number[])[]) =>
      Float64Array.from(truth.flat(), (value, i) => value - (predicted[i] as number));
    const starts = ends.map((end) => end - sizes.window);
    return [
      meanResiduals(of.values.length, ends, off(foretold, next), sizes.horizon),
      meanResiduals(of.values.length, starts, off(drawn, values), sizes.window),
    ] as const;
  };
  const own = await residualsOf(given);
  const residuals = series === given ? own : await residualsOf(series);
  // both count alike: each by its size in the rows that were learned from
  const units = own.map((each) => rootMeanSquare(each.slice(0, trained)));
  const sum = (parts: readonly Float64Array[]) =>
    (parts[0] as Float64Array).map((_, row) =>
      parts.reduce((total, part, i) => total + (part[row] as number) / (units[i] as number), 0),
    );
  const total = sum(residuals);
  const threshold = Math.max(margin * Math.max(...sum(own).slice(0, chosen)), most * rootMeanSquare(total));
  const scores = total.map((value) => value / threshold);
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
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
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

const rootMeanSquare = (values: Float64Array): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length) || 1;

/** Rows with an alarm. */
function table({ times, values }: TimedSeries, scores: Float64Array, alarms: readonly boolean[], from: number): string {
  const rows = alarms.flatMap((isAlarm, row) =>
    isAlarm && row >= from ? [`${times[row]},${values[row]},${(scores[row] as number).toFixed(3)}`] : [],
  );
  return `${["time,value,score", ...rows].join("\n")}\n`;
}

export const anomalies: Task<AnomalyOptions, Settings> = { name: "anomalies", flags, readOptions, run };
