/** Trains a classifier of sounds and asks it: what spoken digits and speakers have in common. */
import { add, compile, type Device, float32, int32, losses, metrics, mul, softmax, type Value } from "seqgrad";
import { Batches } from "seqgrad/data";
import { inParts, nearest } from "../../baselines/nearest-neighbour.ts";
import { confusionPicture } from "../figures/confusion.ts";
import { likeliest } from "../likeliest.ts";
import { parameterCount } from "../parameters.ts";
import type { Job, Outcome, Prediction, Question } from "../task/task.ts";
import { type Keep, trainModel } from "../task/train.ts";
import { SoundClassifier, type SoundSizes } from "./sound-classifier.ts";
import {
  checkLength,
  framesIn,
  inSteps,
  type Scale,
  type Spectrum,
  scaled,
  scaleOf,
  spectrumOf,
  stepSize,
  variantsOf,
  withoutPauses,
} from "./spectra.ts";
import { type Recording, readRecordings, type Take } from "./takes.ts";

export interface SoundSettings {
  readonly classes: readonly string[];
  readonly scale: Scale;
  readonly sizes: SoundSizes;
  readonly pauses: Pauses;
}

/** Whether what is silent before and behind a sound is seen. */
export const pauseNames = ["kept", "cut"] as const;
export type Pauses = (typeof pauseNames)[number];

export interface SoundOptions extends SoundSizes {
  readonly batch: number;
  readonly lr: number;
  /** Variants of each training take. */
  readonly variants: number;
  readonly epochs: number;
  readonly keep: Keep;
  readonly pauses: Pauses;
}

export interface SoundParts {
  readonly train: readonly Take[];
  readonly validation: readonly Take[];
  readonly test: readonly Take[];
}

/** Steps that spectra are padded to, one of these lengths. */
const buckets = [16, 24, 32, 48, 64, 128, 192];
const mostFrames = framesIn * (buckets.at(-1) as number);
const sizes = { time: { buckets, lengths: "lengths" } };
const inputs = { spectra: float32(["batch", "time", stepSize]), lengths: int32(["batch"]) };

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
  const { device, options, saved, seed } = job;
  const { keep, batch, variants } = options;
  const { train, validation, test } = keep === "best" ? parts : allTrained(parts);
  const settings = saved?.settings ?? settingsFor(train, options, labelOf);
  const { classes, scale } = settings;
  const hear = hearing(settings);
  const model = new SoundClassifier(classes.length, settings.sizes);
  const labelsOf = (takes: readonly Take[]) => takes.map((take) => classes.indexOf(labelOf(take)));
  const trainer = await trainModel(job, model, {
    inputs: { ...inputs, label: int32(["batch"]) },
    sizes,
    loss: ({ spectra, lengths, label }) => {
      // each net learns by itself: they err less together, the less alike they are
      const verdicts = model.forward(spectra, lengths);
      const each = verdicts.map((logits) => losses.crossEntropy(logits, label, { labelSmoothing: 0.05 }));
      return { loss: each.reduce(add), metrics: { accuracy: metrics.accuracy(together(verdicts), label) } };
    },
    training: () => {
      // a variant may be slower by two thirds
      for (const take of train) checkLength(spectrumOf(take.samples), Math.floor(mostFrames / 1.7), nameOf(take));
      const copies = train.flatMap((take) => Array.from({ length: variants }, () => take));
      const spectra = variantsOf(train, hear, scale, variants, seed).map(inSteps);
      const label = labelsOf(copies);
      return new Batches({ spectra, label }, { ...plain, batchSize: batch, shuffle: seed, buckets });
    },
    validation:
      validation.length > 0
        ? () => new Batches({ ...fieldOf(validation, settings), label: labelsOf(validation) }, plain)
        : undefined,
    epochs: options.epochs,
    learningRate: options.lr,
    weightDecay: 0.02,
  });
  const verdicts = await judge(device, model, settings, test);
  const examples = verdicts.map((verdict, i) => ({ verdict: verdict.class, labels: [labelOf(test[i] as Take)] }));
  const right = examples.filter(({ verdict, labels }) => labels[0] === verdict).length;
  return {
    metrics: { accuracy: right / test.length },
    baseline: { accuracy: baselineAccuracy(parts, labelOf, frames) },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: train.length + validation.length, tested: test.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: { "confusion.svg": confusionPicture(classes, examples) },
  };
}

/** Nothing is held back for a choice of the epoch. */
const allTrained = ({ train, validation, test }: SoundParts): SoundParts => ({
  train: [...train, ...validation],
  validation: [],
  test,
});

/** What is fixed by the training part alone. */
function settingsFor(
  train: readonly Take[],
  { cell, hidden, layers, ears, pauses }: SoundOptions,
  labelOf: (take: Take) => string,
): SoundSettings {
  return {
    classes: [...new Set(train.map(labelOf))].sort(),
    scale: scaleOf(train.map(({ samples }) => hearing({ pauses })(samples))),
    sizes: { cell, hidden, layers, ears },
    pauses,
  };
}

/** How nets hear. */
const hearing =
  ({ pauses }: Pick<SoundSettings, "pauses">) =>
  (samples: Float32Array): Spectrum =>
    pauses === "cut" ? withoutPauses(spectrumOf(samples)) : spectrumOf(samples);

/** Mean of the nets' probabilities. */
const together = (verdicts: readonly Value[]): Value =>
  mul(verdicts.map((logits) => softmax(logits)).reduce(add), 1 / verdicts.length);

const nameOf = (sound: Take | Recording) =>
  "name" in sound ? sound.name : `${sound.digit}_${sound.speaker}_${sound.number}`;

/** Sounds as they are, for nets to see. Throws a UserError for one that is too long. */
const fieldOf = (sounds: readonly (Take | Recording)[], settings: SoundSettings): { readonly spectra: Spectrum[] } => ({
  spectra: sounds.map((sound) => {
    const spectrum = hearing(settings)(sound.samples);
    checkLength(spectrum, mostFrames, nameOf(sound));
    return inSteps(scaled(spectrum, settings.scale));
  }),
});

const plain = { batchSize: 32, lengths: { spectra: "lengths" } } as const;

async function judge(
  device: Device,
  model: SoundClassifier,
  settings: SoundSettings,
  sounds: readonly (Take | Recording)[],
): Promise<ReturnType<typeof likeliest>> {
  const fn = (given: Record<"spectra" | "lengths", Value>) => together(model.forward(given.spectra, given.lengths));
  const program = await compile(device, model, { inputs, sizes, fn });
  const verdicts: ReturnType<typeof likeliest> = [];
  for (const batch of new Batches(fieldOf(sounds, settings), plain)) {
    verdicts.push(...likeliest(await (await program.run(batch)).read(), settings.classes));
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
