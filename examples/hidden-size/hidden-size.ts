/** Cross-validation over sizes and rates, then over remedies against overfitting; what is chosen is tested once. */
import { callbacks, type Device, type fit, nn, optim, schedules, Trainer } from "seqgrad";
import { crossValidate, holdout, type Score, stratifiedKFold } from "seqgrad/data";
import { classesOf, splitGestures } from "../gestures/gestures.ts";
import { madeUpGestures } from "../gestures/made-up.ts";
import { GestureNet, gestureBatches, gestureInputs, gestureLoss, variantsOf } from "../gestures/net.ts";
import { type Gesture, readGestures } from "../gestures/strokes.ts";
import { barChart } from "../shared/figures/bar-chart.ts";
import { figure } from "../shared/figures/figure.ts";
import type { Flags } from "../shared/flags.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { defaults, facts, lists } from "./help.mjs";
import { list, none, type Remedy } from "./remedies.ts";

interface SizeOptions extends Readonly<typeof defaults> {
  readonly sizes: readonly number[];
  readonly rates: readonly number[];
}

interface Choice {
  readonly hidden: number;
  readonly rate: number;
  readonly remedy: Remedy;
}

interface Settings extends Choice {
  readonly classes: readonly string[];
  readonly filters: number;
}

type Means = Readonly<Record<"accuracy" | "lossNats", Score>>;

/** The net as it was chosen, and the same without a remedy. */
class Both extends nn.Module {
  readonly chosen: GestureNet;
  readonly plain: GestureNet;

  constructor({ classes, hidden, filters, remedy }: Settings) {
    super();
    this.chosen = new GestureNet(classes.length, { hidden, filters }, remedy.dropout ?? 0);
    this.plain = new GestureNet(classes.length, { hidden, filters }, 0);
  }
}

async function run(job: Job<SizeOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const made = () => ({ training: madeUpGestures(24, seed), test: madeUpGestures(75, seed + 1) });
  const { training, test } = job.data ? await given(job) : made();
  const classes = saved?.settings.classes ?? classesOf(training);
  const epochs = job.epochs ?? facts.epochs;
  job.say("strokes", `${training.length} to learn from, ${test.length} to be tested on`);

  const shared = { device, classes, epochs, seed, batch: options.batch };
  const folds = stratifiedKFold(
    training.map(({ label }) => label),
    { folds: options.folds, shuffle: seed },
  );
  const validate = async (choice: Choice): Promise<Means> => {
    const { hidden, rate, remedy } = choice;
    const name = `${remedy === none ? `hidden ${hidden}, rate ${rate}` : remedy.label}`;
    const scores = await job.part(name, async (quietFit) => {
      const at = (rows: readonly number[]) => rows.map((row) => training[row] as Gesture);
      const make = async (train: { rows: number[] }, held: { rows: number[] }) => {
        const model = new GestureNet(classes.length, { hidden, filters: options.filters }, remedy.dropout ?? 0);
        await learn(model, at(train.rows), choice, { ...shared, fit: quietFit });
        const scores = await judge(model, at(held.rows), shared);
        model.dispose(device);
        return scores;
      };
      return (await crossValidate(make, { rows: [...training.keys()] }, { folds })) as Means;
    });
    job.say("folds", `${name}: ${told(scores.accuracy)}, ${told(scores.lossNats)} nats`);
    return scores;
  };

  const sizes: [Choice, Means][] = [];
  const against: [Choice, Means][] = [];
  if (!saved) {
    for (const hidden of options.sizes) {
      for (const rate of options.rates) {
        const choice = { hidden, rate, remedy: none };
        sizes.push([choice, await validate(choice)]);
      }
    }
    const [best] = bestOf(sizes);
    for (const remedy of list) {
      const choice = { ...best, remedy };
      against.push([choice, remedy === none ? (bestOf(sizes)[1] as Means) : await validate(choice)]);
    }
  }
  const settings = saved?.settings ?? { ...bestOf(against)[0], classes, filters: options.filters };
  job.say("chosen", `${settings.hidden} units, rate ${settings.rate}, ${settings.remedy.label}`);
  const both = new Both(settings);
  if (saved) both.loadStateDict(device, saved.weights);
  let steps = 0;
  if (!saved) {
    await learn(both.plain, training, { ...settings, remedy: none }, { ...shared, fit: job.fit });
    steps = await learn(both.chosen, training, settings, { ...shared, fit: job.fit });
  }
  return {
    metrics: await judge(both.chosen, test, shared),
    baseline: await judge(both.plain, test, shared),
    parameters: parameterCount(both.chosen),
    steps,
    data: { trained: training.length, tested: test.length },
    model: saved ? undefined : { settings, weights: await both.stateDict(device) },
    files: saved ? {} : { "scores.csv": table([...sizes, ...against.slice(1)]), "scores.svg": picture(sizes, against) },
  };
}

async function given({ data, test, seed }: Job<SizeOptions, Settings>) {
  const all = await readGestures(data as NonNullable<typeof data>);
  const other = test && (await readGestures(test));
  const parts = splitGestures(all, other ? 0 : 0.3, seed);
  return { training: [...parts.train, ...parts.validation], test: other ?? parts.test };
}

interface Surroundings {
  readonly device: Device;
  readonly classes: readonly string[];
  readonly epochs: number;
  readonly seed: number;
  readonly batch: number;
}

/** Trains for about as many steps whatever the remedy; gives how many. */
async function learn(
  model: GestureNet,
  strokes: readonly Gesture[],
  { rate, remedy }: Choice,
  { device, classes, epochs, seed, batch, fit: fitting }: Surroundings & { readonly fit: typeof fit },
): Promise<number> {
  const rows = holdout(strokes.length, { test: 0, validation: remedy.stopsEarly ? 1 / 6 : 0, shuffle: seed });
  const at = (places: Int32Array) => Array.from(places, (row) => strokes[row] as Gesture);
  const parts = { train: at(rows.train), validation: at(rows.validation) };
  const learned = remedy.variants ? variantsOf(parts.train, remedy.variants, seed) : parts.train;
  const passes = Math.max(1, Math.round(epochs / (remedy.variants ?? 1)));
  const batches = gestureBatches(learned, classes, { batchSize: batch, shuffle: seed });
  const trainer = await Trainer.create(device, model, {
    inputs: gestureInputs,
    loss: gestureLoss(model, remedy.labelSmoothing),
    optimizer: optim.adamW({
      learningRate: schedules.oneCycle(rate, { steps: passes * batches.length }),
      weightDecay: remedy.weightDecay ?? 0,
    }),
    clipNorm: 1,
    seed,
  });
  await fitting(trainer, batches, {
    epochs: passes,
    ...(remedy.stopsEarly && {
      validation: gestureBatches(parts.validation, classes, { batchSize: 128 }),
      callbacks: [callbacks.earlyStopping({ patience: passes })],
    }),
  });
  const { steps } = trainer;
  trainer.dispose();
  return steps;
}

async function judge(model: GestureNet, strokes: readonly Gesture[], { device, classes, seed }: Surroundings) {
  const trainer = await Trainer.create(device, model, {
    inputs: gestureInputs,
    loss: gestureLoss(model),
    optimizer: optim.sgd(),
    seed,
  });
  const { accuracy, lossNats } = (await trainer.evaluate(gestureBatches(strokes, classes, { batchSize: 128 }))).metrics;
  trainer.dispose();
  return { accuracy, lossNats };
}

/** The least loss: it says more than the accuracy on few strokes. */
const bestOf = (all: readonly (readonly [Choice, Means])[]): readonly [Choice, Means] =>
  all.reduce((a, b) => (b[1].lossNats.mean < a[1].lossNats.mean ? b : a));

const told = ({ mean, deviation }: Score) => `${mean.toFixed(3)} ± ${deviation.toFixed(3)}`;

function table(rows: readonly (readonly [Choice, Means])[]): string {
  const lines = rows.map(([{ hidden, rate, remedy }, { accuracy, lossNats }]) =>
    [hidden, rate, remedy.label, accuracy.mean, accuracy.deviation, lossNats.mean, lossNats.deviation].join(","),
  );
  const names = "hidden,rate,remedy,accuracy,accuracy deviation,loss in nats,loss deviation";
  return `${[names, ...lines].join("\n")}\n`;
}

function picture(sizes: readonly [Choice, Means][], against: readonly [Choice, Means][]): string {
  const chart = (
    title: string,
    subtitle: string,
    rows: readonly [Choice, Means][],
    labelOf: (choice: Choice) => string,
  ) =>
    barChart({
      title,
      subtitle,
      xLabel: "loss on what is left out, in nats: mean over folds",
      bars: rows.map(([choice, { accuracy, lossNats }]) => ({
        label: `${labelOf(choice)}: ${told(lossNats)}, right ${told(accuracy)}`,
        value: lossNats.mean,
      })),
      format: (value) => value.toFixed(3),
    });
  const [{ hidden, rate }] = against[0] as [Choice, Means];
  return figure({ title: "What cross-validation says, mean ± deviation" }, [
    chart("Units and rate", "without any remedy", sizes, (each) => `${each.hidden} units, ${each.rate}`),
    chart("Remedies against overfitting", `${hidden} units, rate ${rate}`, against, ({ remedy }) => remedy.label),
  ]);
}

export const hiddenSize: Task<SizeOptions, Settings> = {
  name: "hidden-size",
  flags: ["sizes", "rates", "folds", "filters", "batch"],
  readOptions: (flags: Flags) => ({
    sizes: flags.numbers(
      "sizes",
      lists.sizes,
      "positive integers with commas between them",
      (value) => Number.isInteger(value) && value > 0,
    ),
    rates: flags.numbers("rates", lists.rates, "positive numbers with commas between them", (value) => value > 0),
    folds: flags.integer("folds", defaults.folds, 2),
    filters: flags.integer("filters", defaults.filters),
    batch: flags.integer("batch", defaults.batch),
  }),
  run,
};
