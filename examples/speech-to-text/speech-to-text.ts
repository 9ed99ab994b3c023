/** Strings of spoken digits written down: a bidirectional LSTM and CTC, beside the nearest neighbours of pieces that are cut out. */
import { int32, losses, metrics } from "seqgrad";
import { Batches } from "seqgrad/data";
import { cutAtPauses } from "../baselines/cut-at-pauses.ts";
import { inParts, nearest } from "../baselines/nearest-neighbour.ts";
import { scaleOf, spectrumOf } from "../shared/audio/spectra.ts";
import { madeUpTakes, readRecordings, type Take } from "../shared/audio/takes.ts";
import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Prediction, Question, Task } from "../shared/task/task.ts";
import { trainModel } from "../shared/task/train.ts";
import { alignmentPicture } from "./figure.ts";
import { defaults } from "./help.mjs";
import { blank, buckets, inputs, lengths, type Settings, sizes, Transcriber, transcribe } from "./model.ts";
import { mostDigits, putTogether, readSpeech, type Speech, type SpokenString, splitSpeech } from "./strings.ts";

interface SpeechOptions extends Omit<Settings, "scale"> {
  readonly lr: number;
  readonly strings: number;
  readonly beams: number;
}

/** Strings that are tested on; fewer where few are trained on. */
const mostTested = 200;

async function run(job: Job<SpeechOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const parts = splitSpeech(await readSpeech(job.data ?? madeUpTakes(5, seed)));
  const given = job.test && (await readSpeech(job.test));
  const stringsOf = ({ takes, strings }: Speech, count: number, isVaried = false) => [
    ...strings,
    ...putTogether(takes, count, seed + count, isVaried),
  ];
  const tested = Math.min(mostTested, Math.ceil(options.strings / 4));
  const training = saved ? [] : stringsOf(parts.train, options.strings, true);
  const validation = saved ? [] : stringsOf(parts.validation, Math.ceil(tested / 2));
  const test = stringsOf(given ?? parts.test, tested);
  if (!saved && (training.length === 0 || validation.length === 0)) {
    throw new UserError(
      `${job.data?.name}: has too few takes to train on; three of each digit and speaker are the least`,
    );
  }

  const { hidden, layers, batch } = options;
  const recorded = [...parts.train.takes, ...parts.train.strings];
  const scale = saved?.settings.scale ?? scaleOf(recorded.map(({ samples }) => spectrumOf(samples)));
  const settings = saved?.settings ?? { scale, hidden, layers, batch };
  const model = new Transcriber(settings);
  job.say("model", "LSTM in both directions and CTC");

  const batchesOf = (strings: readonly SpokenString[], isTraining = false) =>
    new Batches(
      {
        spectra: model.spectraOf(strings.map(({ samples }) => samples)),
        targets: strings.map(({ digits }) => Array.from(digits.padEnd(mostDigits), classOf)),
        targetLengths: strings.map(({ digits }) => digits.length),
      },
      { batchSize: settings.batch, lengths, ...(isTraining && { shuffle: seed, buckets }) },
    );
  const trainer = await trainModel(job, model, {
    inputs: { ...inputs, targets: int32(["batch", mostDigits]), targetLengths: int32(["batch"]) },
    sizes,
    loss: ({ targets, targetLengths, ...sounds }) => {
      // of a string too short for its digits there is nothing to be learned
      const rest = { blank, lengths: sounds.lengths, targetLengths, zeroInfinity: true };
      return losses.ctc(model.forward(sounds), targets, rest);
    },
    training: () => batchesOf(training, true),
    validation: () => batchesOf(validation),
    epochs: 6,
    learningRate: options.lr,
    weightDecay: 0.02,
  });

  const sounds = test.map(({ samples }) => samples);
  const heard = await transcribe(device, model, sounds, options.beams);
  const truth = test.map(({ digits }) => digits);
  const rate = (texts: readonly string[]) => ({ digitErrorRate: metrics.characterErrorRate(texts, truth) });
  const known = [...parts.train.takes, ...parts.validation.takes];
  const shown = test.slice(0, 3).map(({ digits: said }, i) => ({ said, ...(heard[i] as (typeof heard)[number]) }));
  return {
    metrics: rate(heard.map(({ digits }) => digits)),
    // a folder of a few takes, given to a model that was loaded, has none to compare with
    baseline: known.length > 0 ? rate(byNearest(test, known)) : {},
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.length, tested: test.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: { "alignment.svg": alignmentPicture(shown) },
  };
}

const classOf = (digit: string): number => (digit === " " ? blank : Number(digit) + 1);

/** What the nearest neighbours of the pieces say: cut where the string was put together, or else at its pauses. */
function byNearest(strings: readonly SpokenString[], takes: readonly Take[]): string[] {
  const vectorOf = (samples: Float32Array) => inParts(spectrumOf(samples as Float32Array<ArrayBuffer>), 20);
  const examples = takes.map(({ samples, digit }) => ({ vector: vectorOf(samples), label: digit }));
  return strings.map(({ samples, cuts }) =>
    (cuts ?? cutAtPauses(samples))
      .map(([from, to]) => nearest(vectorOf(samples.subarray(from, to)), examples))
      .join(""),
  );
}

async function* predict(question: Question<SpeechOptions, Settings>): AsyncGenerator<Prediction> {
  const { device, data, options, saved } = question;
  const recordings = await readRecordings(data);
  const model = new Transcriber(saved.settings);
  model.loadStateDict(device, saved.weights);
  const sounds = recordings.map(({ samples }) => samples);
  for (const [i, { digits, logProbability }] of (await transcribe(device, model, sounds, options.beams)).entries()) {
    yield { file: `${recordings[i]?.name}.wav`, digits, probability: Math.exp(logProbability) };
  }
}

const readOptions = (flags: Flags): SpeechOptions => ({
  hidden: flags.integer("hidden", defaults.hidden),
  layers: flags.integer("layers", defaults.layers),
  batch: flags.integer("batch", defaults.batch),
  lr: flags.number("lr", defaults.lr, "a positive number", (value) => value > 0),
  strings: flags.integer("strings", defaults.strings),
  beams: flags.integer("beams", defaults.beams),
});

export const speechToText: Task<SpeechOptions, Settings> = {
  name: "speech-to-text",
  flags: ["hidden", "layers", "batch", "lr", "strings", "beams"],
  readOptions,
  run,
  predict,
};
