/** Strings of spoken digits written down: a bidirectional LSTM and CTC, beside the nearest neighbours of pieces that are cut out. */
import {
  callbacks,
  ctcBeamSearch,
  dropout,
  float32,
  int32,
  losses,
  metrics,
  nn,
  optim,
  schedules,
  Trainer,
  type Value,
} from "seqgrad";
import { Batches } from "seqgrad/data";
import { cutAtPauses } from "../baselines/cut-at-pauses.ts";
import { inParts, nearest } from "../baselines/nearest-neighbour.ts";
import { mels, type Scale, type Spectrum, scaled, scaleOf, spectrumOf } from "../shared/audio/spectra.ts";
import { madeUpTakes, type Take } from "../shared/audio/takes.ts";
import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { alignmentPicture } from "./figure.ts";
import { defaults } from "./help.mjs";
import { mostDigits, putTogether, readSpeech, type Speech, type SpokenString, splitSpeech } from "./strings.ts";

interface Sizes {
  readonly hidden: number;
  readonly layers: number;
}

interface SpeechOptions extends Sizes {
  readonly batch: number;
  readonly lr: number;
  readonly strings: number;
  readonly beams: number;
}

interface Settings {
  readonly scale: Scale;
  readonly sizes: Sizes;
}

/** So many frames of 12.5 ms are one step of the net: a sequence of a third the length (Sak et al. 2015). */
const framesPerStep = 3;
/** Steps that strings are padded to. */
const buckets = [48, 64, 80, 96, 128, 192, 256];
/** The class of no digit; digit d is class d + 1. */
const blank = 0;
const testedStrings = 200;

class Transcriber extends nn.Module {
  readonly lstm: nn.LSTM;
  readonly head: nn.Linear;

  constructor({ hidden, layers }: Sizes) {
    super();
    const options = { bidirectional: true, numLayers: layers, ...(layers > 1 && { dropout: 0.2 }) };
    this.lstm = new nn.LSTM(framesPerStep * mels, hidden, options);
    this.head = new nn.Linear(2 * hidden, 11);
  }

  /** float32 [batch, time, framesPerStep · mels] and the lengths → logits [batch, time, 11]. */
  forward(spectra: Value, lengths: Value): Value {
    const [outputs] = this.lstm.forward(spectra, undefined, { lengths });
    return this.head.forward(dropout(outputs, 0.2));
  }
}

async function run(job: Job<SpeechOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const speech = await readSpeech(job.data ?? madeUpTakes(5, seed), saved !== undefined);
  const parts = splitSpeech(speech);
  const given = job.test && (await readSpeech(job.test, saved !== undefined));
  const stringsOf = ({ takes, strings }: Pick<Speech, "takes" | "strings">, count: number, isVaried = false) => [
    ...strings,
    ...putTogether(takes, count, seed + count, isVaried),
  ];
  const training = saved ? [] : stringsOf(parts.train, options.strings, true);
  const validation = saved ? [] : stringsOf(parts.validation, testedStrings / 2);
  const test = stringsOf(given ?? parts.test, testedStrings);
  if (!saved && (training.length === 0 || validation.length === 0)) {
    throw new UserError(
      `${job.data?.name}: has too few takes to train on; three of each digit and speaker are the least`,
    );
  }

  const settings = saved?.settings ?? {
    scale: scaleOf(parts.train.takes.map(({ samples }) => spectrumOf(samples))),
    sizes: { hidden: options.hidden, layers: options.layers },
  };
  const model = new Transcriber(settings.sizes);
  if (saved) model.loadStateDict(device, saved.weights);
  job.say("model", `LSTM in both directions and CTC; ${training.length} strings are trained on`);

  const batchesOf = (strings: readonly SpokenString[], isTraining = false) =>
    new Batches(
      {
        spectra: strings.map(({ samples }) => stepsOf(scaled(spectrumOf(samples), settings.scale))),
        targets: strings.map(({ digits = "" }) => Array.from(digits.padEnd(mostDigits), (each) => classOf(each))),
        targetLengths: strings.map(({ digits = "" }) => digits.length),
      },
      {
        batchSize: options.batch,
        lengths: { spectra: "lengths" },
        ...(isTraining && { shuffle: seed, buckets }),
      },
    );
  const epochs = job.epochs ?? 6;
  const batches = saved ? undefined : batchesOf(training, true);
  const trainer = await Trainer.create(device, model, {
    inputs: {
      spectra: float32(["batch", "time", framesPerStep * mels]),
      lengths: int32(["batch"]),
      targets: int32(["batch", mostDigits]),
      targetLengths: int32(["batch"]),
    },
    sizes: { time: { buckets, lengths: "lengths" } },
    loss: ({ spectra, lengths, targets, targetLengths }) => {
      const logits = model.forward(spectra, lengths);
      // of a string too short for its digits there is nothing to be learned
      const loss = losses.ctc(logits, targets, { blank, lengths, targetLengths, zeroInfinity: true });
      return { loss, outputs: { logits } };
    },
    optimizer: optim.adamW({
      learningRate: schedules.oneCycle(options.lr, { steps: epochs * (batches?.length ?? 1) }),
      weightDecay: 0.02,
    }),
    clipNorm: 1,
    seed,
    resume: job.resume,
  });
  if (batches) {
    const stopping = callbacks.earlyStopping({ patience: epochs });
    await job.fit(trainer, batches, { epochs, validation: batchesOf(validation), callbacks: [stopping] });
  }

  /** What the net hears, and the probabilities that it goes by. */
  const transcribe = async (strings: readonly SpokenString[]) => {
    const heard: { text: string; logits: Float32Array }[] = [];
    for (const batch of batchesOf(strings)) {
      const { logits } = await trainer.predict(batch);
      const lengths = Array.from(batch.lengths, Number);
      const classes = 11;
      const time = logits.length / (lengths.length * classes);
      const found = ctcBeamSearch(logits, { shape: [lengths.length, time, classes], lengths, beams: options.beams });
      for (const [row, [best]] of found.entries()) {
        const from = row * time * classes;
        heard.push({
          text: Array.from(best?.tokens ?? [], (token) => token - 1).join(""),
          logits: (logits as Float32Array).slice(from, from + (lengths[row] as number) * classes),
        });
      }
    }
    return heard;
  };
  const unknown = (given ?? speech).unknown;
  for (const [i, { text }] of (unknown.length > 0 ? await transcribe(unknown) : []).entries()) {
    job.say(unknown[i]?.name as string, text);
  }
  const heard = test.length > 0 ? await transcribe(test) : [];
  const rate = (texts: readonly string[]) =>
    metrics.characterErrorRate(
      texts,
      test.map(({ digits = "" }) => digits),
    );
  const known = [...parts.train.takes, ...parts.validation.takes];
  const shown = test.slice(0, 3).map((string, i) => ({ ...string, ...(heard[i] as (typeof heard)[number]) }));
  return {
    metrics: test.length > 0 ? { digitErrorRate: rate(heard.map(({ text }) => text)) } : {},
    // a folder of a few takes, given to a model that was loaded, has none to compare with
    baseline: test.length > 0 && known.length > 0 ? { digitErrorRate: rate(byNearest(test, known)) } : {},
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.length, tested: test.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: { "alignment.svg": alignmentPicture(shown) },
  };
}

/** Frames side by side, as the net sees them; what is left at the end goes. */
function stepsOf(spectrum: Spectrum): Float32Array[] {
  return Array.from({ length: Math.floor(spectrum.length / framesPerStep) }, (_, step) => {
    const row = new Float32Array(framesPerStep * mels);
    for (let i = 0; i < framesPerStep; i++) row.set(spectrum[step * framesPerStep + i] as Float32Array, i * mels);
    return row;
  });
}

const classOf = (digit: string): number => (digit === " " ? blank : Number(digit) + 1);

/** What the nearest neighbours of the pieces say: cut where the string was put together, or else at its pauses. */
function byNearest(strings: readonly SpokenString[], takes: readonly Take[]): string[] {
  const vectorOf = (samples: Float32Array) => inParts(spectrumOf(samples), 20);
  const examples = takes.map(({ samples, digit }) => ({ vector: vectorOf(samples), label: digit }));
  return strings.map(({ samples, cuts }) =>
    (cuts ?? cutAtPauses(samples))
      .map(([from, to]) => nearest(vectorOf(samples.subarray(from, to)), examples))
      .join(""),
  );
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
};
