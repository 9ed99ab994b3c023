/** Trains a classifier of sounds: what spoken digits and speakers have in common. */
import { callbacks, float32, int32, losses, metrics, optim, schedules, Trainer } from "seqgrad";
import { Batches } from "seqgrad/data";
import { inParts, nearest } from "../../baselines/nearest-neighbour.ts";
import { parameterCount } from "../parameters.ts";
import type { Job, Outcome } from "../task/task.ts";
import { SoundClassifier, type SoundSizes } from "./sound-classifier.ts";
import { mels, type Scale, type Spectrum, scaled, scaleOf, spectrumOf, variantsOf } from "./spectra.ts";
import type { Take } from "./takes.ts";

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
}

export interface SoundParts {
  readonly train: readonly Take[];
  readonly validation: readonly Take[];
  readonly test: readonly Take[];
}

interface TrainedSounds {
  readonly accuracy: number;
  readonly parameters: number;
  readonly steps: number;
  readonly model: SoundClassifier;
  readonly settings: SoundSettings;
}

/** Frames that spectra are padded to, one of these lengths. */
const buckets = [32, 48, 64, 96, 128, 256];

/** Trains on the first part, keeps the best epoch by the second, reads the third once. A model that was saved is only evaluated. */
async function trainSounds(
  job: Job<SoundOptions, SoundSettings>,
  { train, validation, test }: SoundParts,
  labelOf: (take: Take) => string,
): Promise<TrainedSounds> {
  const { device, options, seed, saved } = job;
  const settings = saved?.settings ?? {
    classes: [...new Set(train.map(labelOf))].sort(),
    scale: scaleOf(train.map(({ samples }) => spectrumOf(samples))),
    sizes: { cell: options.cell, hidden: options.hidden, layers: options.layers },
  };
  const { classes, scale, sizes } = settings;
  const model = new SoundClassifier(classes.length, sizes);
  if (saved) model.loadStateDict(device, saved.weights);

  const batchesOf = (spectra: readonly Spectrum[], takes: readonly Take[], shuffle: number | false = false) =>
    new Batches(
      { spectra, label: takes.map((take) => classes.indexOf(labelOf(take))) },
      { batchSize: options.batch, shuffle, lengths: { spectra: "lengths" }, buckets },
    );
  const plain = (takes: readonly Take[]) =>
    batchesOf(
      takes.map(({ samples }) => scaled(spectrumOf(samples), scale)),
      takes,
    );
  const copies = train.flatMap((take) => Array.from({ length: options.variants }, () => take));
  const batches = batchesOf(variantsOf(train, scale, options.variants, seed), copies, seed);
  const epochs = job.epochs ?? 10;
  const trainer = await Trainer.create(device, model, {
    inputs: { spectra: float32(["batch", "time", mels]), lengths: int32(["batch"]), label: int32(["batch"]) },
    sizes: { time: { buckets, lengths: "lengths" } },
    loss: ({ spectra, lengths, label }) => {
      const logits = model.forward(spectra, lengths);
      const loss = losses.crossEntropy(logits, label, { labelSmoothing: 0.05 });
      return { loss, metrics: { accuracy: metrics.accuracy(logits, label) } };
    },
    optimizer: optim.adamW({
      learningRate: schedules.oneCycle(options.lr, { steps: epochs * batches.length }),
      weightDecay: 0.02,
    }),
    clipNorm: 1,
    seed,
    resume: job.resume,
  });
  if (!saved) {
    const stopping = callbacks.earlyStopping({ patience: epochs });
    await job.fit(trainer, batches, { epochs, validation: plain(validation), callbacks: [stopping] });
  }
  const { accuracy } = (await trainer.evaluate(plain(test))).metrics;
  const { steps } = trainer;
  trainer.dispose();
  return { accuracy, parameters: parameterCount(model), steps, model, settings };
}

/** What a program that recognises sounds gives: the model's figure and that of the nearest neighbour by spectra of `frames` frames. */
export async function recogniseSounds(
  job: Job<SoundOptions, SoundSettings>,
  parts: SoundParts,
  labelOf: (take: Take) => string,
  frames: number,
): Promise<Outcome<SoundSettings>> {
  const { accuracy, parameters, steps, model, settings } = await trainSounds(job, parts, labelOf);
  const trained = [...parts.train, ...parts.validation];
  const vectorOf = ({ samples }: Take) => inParts(spectrumOf(samples), frames);
  const examples = trained.map((take) => ({ vector: vectorOf(take), label: labelOf(take) }));
  const right = parts.test.filter((take) => nearest(vectorOf(take), examples) === labelOf(take)).length;
  return {
    metrics: { accuracy },
    baseline: { accuracy: right / parts.test.length },
    parameters,
    steps,
    data: { trained: trained.length, tested: parts.test.length },
    model: job.saved ? undefined : { settings, weights: await model.stateDict(job.device) },
    files: {},
  };
}
