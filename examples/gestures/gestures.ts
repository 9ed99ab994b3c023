/** Which figure a pen has drawn: a convolution and a GRU, beside dynamic time warping. */
import { compile, softmax } from "seqgrad";
import { holdout } from "seqgrad/data";
import { nearestWarped } from "../baselines/dynamic-time-warping.ts";
import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import { likeliest } from "../shared/likeliest.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Prediction, Question, Task } from "../shared/task/task.ts";
import { trainModel } from "../shared/task/train.ts";
import { defaults, facts } from "./help.mjs";
import { madeUpGestures } from "./made-up.ts";
import { GestureNet, type GestureSizes, gestureBatches, gestureInputs, gestureLoss, variantsOf } from "./net.ts";
import { picture } from "./picture.ts";
import { type Gesture, readGestures, resampled } from "./strokes.ts";

type GestureOptions = Readonly<typeof defaults>;

interface Settings {
  readonly classes: readonly string[];
  readonly sizes: GestureSizes;
}

/** Of each shape, half of them tested: enough that one of them more or less is a quarter of a percent. */
const madeUp = 150;

/** Steps that dynamic time warping may shift by; of 4, 8 and 16 the best on strokes made with other seeds. */
const band = 8;

async function run(job: Job<GestureOptions, Settings>): Promise<Outcome<Settings>> {
  const { options, seed, saved } = job;
  const all = job.data ? await readGestures(job.data) : madeUpGestures(madeUp, seed);
  const given = job.test && (await readGestures(job.test));
  const parts = splitGestures(all, given ? 0 : job.data ? 0.2 : 1 / 3, seed);
  const test = given ?? parts.test;
  const { hidden, filters } = options;
  const settings = saved?.settings ?? { classes: classesOf(parts.train), sizes: { hidden, filters } };
  const model = new GestureNet(settings.classes.length, settings.sizes);
  job.say("strokes", `${all.length} of ${settings.classes.length} shapes`);

  const plain = (gestures: readonly Gesture[]) => gestureBatches(gestures, settings.classes, { batchSize: 128 });
  const varied = variantsOf(parts.train, options.variants, seed);
  const trainer = await trainModel(job, model, {
    inputs: gestureInputs,
    loss: gestureLoss(model),
    training: () => gestureBatches(varied, settings.classes, { batchSize: options.batch, shuffle: seed }),
    validation: () => plain(parts.validation),
    epochs: facts.epochs,
    learningRate: options.lr,
  });
  const { accuracy } = (await trainer.evaluate(plain(test))).metrics;
  // once more, now that all is compiled
  const milliseconds = await timed(test.length, () => trainer.evaluate(plain(test)));

  const examples = [...parts.train, ...parts.validation].map(({ label, points }) => ({
    label,
    sequence: resampled(points),
  }));
  let warped: (string | undefined)[] = [];
  const warpedMilliseconds = await timed(test.length, () => {
    warped = test.map(({ points }) => nearestWarped(resampled(points), examples, band));
  });
  const right = warped.filter((label, i) => label === test[i]?.label).length;
  return {
    metrics: { accuracy, milliseconds },
    baseline: { accuracy: right / test.length, milliseconds: warpedMilliseconds },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: examples.length, tested: test.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: { "gestures.svg": picture(test, settings.classes) },
  };
}

async function* predict({ device, data, saved }: Question<GestureOptions, Settings>): AsyncGenerator<Prediction> {
  const { classes, sizes } = saved.settings;
  const strokes = await readGestures(data, "optional");
  const model = new GestureNet(classes.length, sizes);
  model.loadStateDict(device, saved.weights);
  const program = await compile(device, model, {
    inputs: { points: gestureInputs.points },
    fn: ({ points }) => softmax(model.forward(points)),
  });
  let stroke = 0;
  for (const { points } of gestureBatches(strokes, classes, { batchSize: 128 })) {
    for (const each of likeliest(await (await program.run({ points })).read(), classes)) {
      yield { stroke: ++stroke, ...each };
    }
  }
}

export const classesOf = (gestures: readonly Gesture[]): string[] =>
  [...new Set(gestures.map(({ label }) => label))].sort();

/** Each part has its share of every shape. Throws a UserError where there are too few. */
export function splitGestures(
  all: readonly Gesture[],
  share: number,
  seed: number,
): Record<"train" | "validation" | "test", Gesture[]> {
  const fewest = Math.min(...classesOf(all).map((label) => all.filter((gesture) => gesture.label === label).length));
  if (fewest < 8) throw new UserError(`a shape has ${fewest} strokes; give eight or more of each`);
  const places = holdout(all.length, {
    test: share,
    validation: 0.15,
    shuffle: seed,
    stratify: all.map(({ label }) => label),
  });
  const at = (rows: Int32Array) => Array.from(rows, (row) => all[row] as Gesture);
  return { train: at(places.train), validation: at(places.validation), test: at(places.test) };
}

/** Milliseconds for one of `count`. */
async function timed(count: number, work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / count;
}

export const gestures: Task<GestureOptions, Settings> = {
  name: "gestures",
  flags: Object.keys(defaults),
  readOptions: (flags: Flags) => ({
    hidden: flags.integer("hidden", defaults.hidden),
    filters: flags.integer("filters", defaults.filters),
    variants: flags.integer("variants", defaults.variants),
    batch: flags.integer("batch", defaults.batch),
    lr: flags.number("lr", defaults.lr, "a positive number", (value) => value > 0),
  }),
  run,
  predict,
};
