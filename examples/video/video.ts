/** What happens in a clip: an LSTM over features of its frames, beside a net that sees the last one alone. */
import { dropout, float32, int32, last, losses, metrics, nn, relu, type Value } from "seqgrad";
import { Batches, holdout } from "seqgrad/data";
import { type LastFrames, lastFrameAccuracy } from "../baselines/last-frame.ts";
import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { trainModel } from "../shared/task/train.ts";
import { type Clip, readClips } from "./clips.ts";
import { gatePicture } from "./gates.ts";
import { defaults, facts } from "./help.mjs";
import { madeUpClips } from "./made-up.ts";

type VideoOptions = Readonly<typeof defaults>;

interface Settings {
  readonly classes: readonly string[];
  readonly height: number;
  readonly width: number;
  readonly features: number;
  readonly hidden: number;
}

/** Of each way to move. */
const madeUp = 300;

export class ClipNet extends nn.Module {
  readonly frame: nn.Linear;
  readonly lstm: nn.LSTM;
  readonly head: nn.Linear;

  constructor({ classes, height, width, features, hidden }: Settings) {
    super();
    this.frame = new nn.Linear(height * width, features);
    this.lstm = new nn.LSTM(features, hidden, { forgetBias: 1 });
    this.head = new nn.Linear(hidden, classes.length);
  }

  /** What a frame looks like, [batch, time, pixels] → [batch, time, features]. */
  look(frames: Value): Value {
    return dropout(relu(this.frame.forward(frames)), 0.1);
  }

  /** [batch, time, pixels] and the lengths → logits [batch, classes] */
  forward(frames: Value, lengths: Value): Value {
    const [outputs] = this.lstm.forward(this.look(frames), undefined, { lengths });
    return this.head.forward(dropout(last(outputs, lengths), 0.2));
  }
}

async function run(job: Job<VideoOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const all = await readClips(job.data ?? madeUpClips(madeUp, seed));
  const given = job.test && (await readClips(job.test));
  const parts = split(all, given, seed);
  const { features, hidden } = options;
  const { height, width } = all[0] as Clip;
  const classes = [...new Set(parts.train.map(({ label }) => label))].sort();
  const settings = saved?.settings ?? { classes, height, width, features, hidden };
  const pixels = settings.height * settings.width;
  if (parts.test.some((clip) => clip.height * clip.width !== pixels)) {
    throw new UserError(`clips that are tested have other sizes than ${settings.height} × ${settings.width} pixels`);
  }
  const model = new ClipNet(settings);
  job.say("clips", `${all.length} of ${settings.classes.length} kinds`);

  const labelsOf = (clips: readonly Clip[]) => clips.map(({ label }) => settings.classes.indexOf(label));
  const batchesOf = (clips: readonly Clip[], shuffle: number | false = false) =>
    new Batches(
      { frames: clips.map(({ frames }) => frames), label: labelsOf(clips) },
      { batchSize: options.batch, shuffle, lengths: { frames: "lengths" } },
    );
  const epochs = job.epochs ?? facts.epochs;
  const trainer = await trainModel(job, model, {
    inputs: { frames: float32(["batch", "time", pixels]), lengths: int32(["batch"]), label: int32(["batch"]) },
    loss: ({ frames, lengths, label }) => {
      const logits = model.forward(frames, lengths);
      return { loss: losses.crossEntropy(logits, label), metrics: { accuracy: metrics.accuracy(logits, label) } };
    },
    training: () => batchesOf(parts.train, seed),
    validation: () => batchesOf(parts.validation),
    epochs: facts.epochs,
    learningRate: options.lr,
  });
  const { accuracy } = (await trainer.evaluate(batchesOf(parts.test))).metrics;
  const lastOf = (clips: readonly Clip[]): LastFrames => ({
    frames: clips.map(({ frames }) => frames.at(-1) as Float32Array),
    labels: labelsOf(clips),
  });
  const [train, validation, test] = [parts.train, parts.validation, parts.test].map(lastOf) as [
    LastFrames,
    LastFrames,
    LastFrames,
  ];
  const baseline = await lastFrameAccuracy(device, { train, validation, test }, settings.classes.length, {
    epochs,
    seed,
  });
  return {
    metrics: { accuracy },
    baseline: { accuracy: baseline },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: parts.train.length + parts.validation.length, tested: parts.test.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: { "gates.svg": await gatePicture(device, model, parts.test) },
  };
}

/** Each part has its share of every kind. Throws a UserError where there are too few. */
function split(all: readonly Clip[], given: readonly Clip[] | undefined, seed: number) {
  const labels = all.map(({ label }) => label);
  const fewest = Math.min(...labels.map((label) => labels.filter((each) => each === label).length));
  if (fewest < 8) throw new UserError(`a kind has ${fewest} clips; give eight or more of each`);
  const places = holdout(all.length, { test: given ? 0 : 0.2, validation: 0.15, shuffle: seed, stratify: labels });
  const at = (rows: Int32Array) => Array.from(rows, (row) => all[row] as Clip);
  return { train: at(places.train), validation: at(places.validation), test: given ?? at(places.test) };
}

export const video: Task<VideoOptions, Settings> = {
  name: "video",
  flags: Object.keys(defaults),
  readOptions: (flags: Flags) => ({
    hidden: flags.integer("hidden", defaults.hidden),
    features: flags.integer("features", defaults.features),
    batch: flags.integer("batch", defaults.batch),
    lr: flags.number("lr", defaults.lr, "a positive number", (value) => value > 0),
  }),
  run,
};
