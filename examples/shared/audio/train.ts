/** Trains a classifier of sounds and asks it: what spoken digits and speakers have in common. */
import {
  add,
  callbacks,
  compile,
  type Device,
  float32,
  int32,
  losses,
  metrics,
  mul,
  optim,
  schedules,
  softmax,
  Trainer,
  type Value,
} from "seqgrad";
import { Batches } from "seqgrad/data";
import { inParts, nearest } from "../../baselines/nearest-neighbour.ts";
import { confusionPicture } from "../figures/confusion.ts";
import { likeliest } from "../likeliest.ts";
import { parameterCount } from "../parameters.ts";
import type { Job, Outcome, Prediction, Question } from "../task/task.ts";
import { SoundClassifier, type SoundSizes } from "./sound-classifier.ts";
import { checkLength, mels, type Scale, type Spectrum, scaled, scaleOf, spectrumOf, variantsOf } from "./spectra.ts";
import { type Recording, readRecordings, type Take } from "./takes.ts";

export interface SoundSettings {
  readonly classes: readonly string[];
  readonly scale: Scale;
  readonly sizes: SoundSizes;
}

export interface SoundOptions extends SoundSizes {
  readonly batch: number;
  readonly lr: number;
  /** Variants of each training take. */
  readonly variants: number;
  readonly epochs: number;
}

export interface SoundParts {
  readonly train: readonly Take[];
  readonly validation: readonly Take[];
  readonly test: readonly Take[];
}

/** Frames that spectra are padded to, one of these lengths. */
const buckets = [32, 48, 64, 96, 128, 256];
const sizes = { time: { buckets, lengths: "lengths" } };
const inputs = { spectra: float32(["batch", "time", mels]), lengths: int32(["batch"]) };

/**
 * Trains on the first part, keeps the best epoch by the second, reads the third once; beside it the nearest neighbour by spectra of
 * `frames` frames. A model that was saved is only evaluated.
 */
export async function recogniseSounds(
  job: Job<SoundOptions, SoundSettings>,
  parts: SoundParts,
  labelOf: (take: Take) => string,
  frames: number,
): Promise<Outcome<SoundSettings>> {
  const { train, test } = parts;
  const settings = job.saved?.settings ?? settingsFor(train, job.options, labelOf);
  const model = new SoundClassifier(settings.classes.length, settings.sizes);
  if (job.saved) model.loadStateDict(job.device, job.saved.weights);
  const steps = job.saved ? 0 : await fitSounds(job, model, settings, parts, labelOf);
  const verdicts = await judge(job.device, model, settings, test);
  const examples = verdicts.map((verdict, i) => ({ verdict: verdict.class, labels: [labelOf(test[i] as Take)] }));
  const right = examples.filter(({ verdict, labels }) => labels[0] === verdict).length;
  return {
    metrics: { accuracy: right / test.length },
    baseline: { accuracy: baselineAccuracy(parts, labelOf, frames) },
    parameters: parameterCount(model),
    steps,
    data: { trained: train.length + parts.validation.length, tested: test.length },
    model: job.saved ? undefined : { settings, weights: await model.stateDict(job.device) },
    files: { "confusion.svg": confusionPicture(settings.classes, examples) },
  };
}

/** What is fixed by the training part alone. */
function settingsFor(
  train: readonly Take[],
  { cell, hidden, layers, ears }: SoundOptions,
  labelOf: (take: Take) => string,
): SoundSettings {
  return {
    classes: [...new Set(train.map(labelOf))].sort(),
    scale: scaleOf(train.map(({ samples }) => spectrumOf(samples))),
    sizes: { cell, hidden, layers, ears },
  };
}

/** Gives the steps that it took. */
async function fitSounds(
  { device, options, seed, ...job }: Job<SoundOptions, SoundSettings>,
  model: SoundClassifier,
  { classes, scale }: SoundSettings,
  { train, validation }: SoundParts,
  labelOf: (take: Take) => string,
): Promise<number> {
  const batchesOf = (spectra: readonly Spectrum[], takes: readonly Take[], shuffle: number | false = false) =>
    new Batches(
      { spectra, label: takes.map((take) => classes.indexOf(labelOf(take))) },
      { batchSize: options.batch, shuffle, lengths: { spectra: "lengths" }, buckets },
    );
  for (const take of [...train, ...validation]) {
    // a variant may be slower by a quarter
    checkLength(spectrumOf(take.samples), Math.floor(0.8 * (buckets.at(-1) as number)), nameOf(take));
  }
  const copies = train.flatMap((take) => Array.from({ length: options.variants }, () => take));
  const batches = batchesOf(variantsOf(train, scale, options.variants, seed), copies, seed);
  const plain = validation.map(({ samples }) => scaled(spectrumOf(samples), scale));
  const epochs = job.epochs ?? options.epochs;
  const trainer = await Trainer.create(device, model, {
    inputs: { ...inputs, label: int32(["batch"]) },
    sizes,
    loss: ({ spectra, lengths, label }) => {
      // each net learns by itself: they err less together, the less alike they are
      const verdicts = model.forward(spectra, lengths);
      const each = verdicts.map((logits) => losses.crossEntropy(logits, label, { labelSmoothing: 0.05 }));
      return { loss: each.reduce(add), metrics: { accuracy: metrics.accuracy(together(verdicts), label) } };
    },
    optimizer: optim.adamW({
      learningRate: schedules.oneCycle(options.lr, { steps: epochs * batches.length }),
      weightDecay: 0.02,
    }),
    clipNorm: 1,
    seed,
    resume: job.resume,
  });
  const stopping = callbacks.earlyStopping({ patience: epochs });
  await job.fit(trainer, batches, { epochs, validation: batchesOf(plain, validation), callbacks: [stopping] });
  const { steps } = trainer;
  trainer.dispose();
  return steps;
}

/** Mean of the nets' probabilities. */
const together = (verdicts: readonly Value[]): Value =>
  mul(verdicts.map((logits) => softmax(logits)).reduce(add), 1 / verdicts.length);

const nameOf = (sound: Take | Recording) =>
  "name" in sound ? sound.name : `${sound.digit}_${sound.speaker}_${sound.number}`;

async function judge(
  device: Device,
  model: SoundClassifier,
  { classes, scale }: SoundSettings,
  sounds: readonly (Take | Recording)[],
): Promise<ReturnType<typeof likeliest>> {
  const fn = (given: Record<"spectra" | "lengths", Value>) => together(model.forward(given.spectra, given.lengths));
  const program = await compile(device, model, { inputs, sizes, fn });
  const spectra = sounds.map((sound) => {
    const spectrum = spectrumOf(sound.samples);
    checkLength(spectrum, buckets.at(-1) as number, nameOf(sound));
    return scaled(spectrum, scale);
  });
  const verdicts: ReturnType<typeof likeliest> = [];
  for (const batch of new Batches({ spectra }, { batchSize: 32, lengths: { spectra: "lengths" } })) {
    verdicts.push(...likeliest(await (await program.run(batch)).read(), classes));
  }
  return verdicts;
}

/** The nearest neighbour among all that the model was given. */
function baselineAccuracy(
  { train, validation, test }: SoundParts,
  labelOf: (take: Take) => string,
  frames: number,
): number {
  const vectorOf = ({ samples }: Take) => inParts(spectrumOf(samples), frames);
  const examples = [...train, ...validation].map((take) => ({ vector: vectorOf(take), label: labelOf(take) }));
  return test.filter((take) => nearest(vectorOf(take), examples) === labelOf(take)).length / test.length;
}

/** What a saved model holds sounds for, whatever their files are called. `what` is the name of the verdict's column. */
export async function* predictSounds(
  { device, data, saved }: Question<SoundOptions, SoundSettings>,
  what: string,
): AsyncGenerator<Prediction> {
  const recordings = await readRecordings(data);
  const model = new SoundClassifier(saved.settings.classes.length, saved.settings.sizes);
  model.loadStateDict(device, saved.weights);
  const verdicts = await judge(device, model, saved.settings, recordings);
  for (const [i, { name }] of recordings.entries()) {
    const { class: verdict, probability } = verdicts[i] as (typeof verdicts)[number];
    yield { sound: name, [what]: verdict, probability };
  }
}
