/** Texts in classes: a bidirectional GRU over characters or words, beside naive Bayes. */
import {
  argmax,
  callbacks,
  dropout,
  float32,
  greater,
  int32,
  losses,
  metrics,
  nn,
  optim,
  pool,
  reshape,
  schedules,
  Trainer,
  takeAlongAxis,
  type Value,
} from "seqgrad";
import { Batches, holdout, WordTokenizer, type WordTokenizerJson } from "seqgrad/data";
import { characterPairs, NaiveBayes, wordsOf } from "../baselines/naive-bayes.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { type LabelledTexts, partOf, readLabelledTexts } from "../shared/text/labelled.ts";
import { madeUpNames } from "../shared/text/made-up.ts";
import { type ClassificationOptions, flags, readOptions, type Sizes, type Unit } from "./options.ts";

interface Settings {
  readonly tokenizer: WordTokenizerJson;
  readonly classes: readonly string[];
  readonly unit: Unit;
  readonly sizes: Sizes;
}

class Classifier extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly gru: nn.GRU;
  readonly head: nn.Linear;

  constructor(vocabulary: number, classes: number, { embed, hidden }: Sizes) {
    super();
    this.embedding = new nn.Embedding(vocabulary, embed);
    this.gru = new nn.GRU(embed, hidden, { bidirectional: true });
    this.head = new nn.Linear(2 * hidden, classes);
  }

  /** int32 [batch, time] and the lengths → logits [batch, classes]. */
  forward(tokens: Value, lengths: Value): Value {
    const [outputs] = this.gru.forward(dropout(this.embedding.forward(tokens), 0.2), undefined, { lengths });
    return this.head.forward(dropout(pool(outputs, lengths, "max"), 0.5));
  }
}

async function run(job: Job<ClassificationOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const all = await readLabelledTexts(job.data ?? madeUpNames(300, seed), options.columns);
  const given = job.test && (await readLabelledTexts(job.test, options.columns));
  // by distinct texts: none is in two parts
  const parts = holdout(all.texts.length, { test: given ? 0 : 0.2, validation: 0.1, shuffle: seed });
  const [training, validation] = [partOf(all, parts.train), partOf(all, parts.validation)];
  const test = given ?? partOf(all, parts.test);

  const settings = saved?.settings ?? settingsFor(training, options);
  const { classes, unit, sizes } = settings;
  const tokenizer = WordTokenizer.fromJSON(settings.tokenizer);
  const model = new Classifier(tokenizer.size, classes.length, sizes);
  if (saved) model.loadStateDict(device, saved.weights);
  job.say("model", `GRU in both directions over ${unit}, ${tokenizer.size} of them, ${classes.length} classes`);

  const batchesOf = ({ texts, labels }: LabelledTexts, shuffle: number | false = false) =>
    new Batches(
      {
        tokens: texts.map((text) => tokenizer.encode(text).slice(0, sizes.length)),
        // a text of several classes counts in equal parts for each
        classes: labels.map((own) => classes.map((name) => (own.includes(name) ? 1 / own.length : 0))),
      },
      { batchSize: sizes.batch, shuffle, lengths: { tokens: "lengths" } },
    );
  const batches = batchesOf(training, seed);
  const epochs = job.epochs ?? 12;
  const trainer = await Trainer.create(device, model, {
    inputs: {
      tokens: int32(["batch", "time"]),
      lengths: int32(["batch"]),
      classes: float32(["batch", classes.length]),
    },
    sizes: { time: { buckets: bucketsFor(sizes.length), lengths: "lengths" } },
    loss: ({ tokens, lengths, classes }) => {
      const logits = model.forward(tokens, lengths);
      const hit = greater(takeAlongAxis(classes, reshape(argmax(logits), [classes.shape[0] as number, 1]), -1), 0);
      return { loss: losses.crossEntropy(logits, classes), metrics: { accuracy: metrics.mean(hit) } };
    },
    optimizer: optim.adamW({
      learningRate: schedules.oneCycle(sizes.lr, { steps: epochs * batches.length }),
      weightDecay: 0.01,
    }),
    clipNorm: 1,
    seed,
    resume: job.resume,
  });
  if (!saved) {
    const stopping = callbacks.earlyStopping({ monitor: "accuracy", mode: "max", patience: epochs });
    await job.fit(trainer, batches, {
      epochs,
      validation: batchesOf(validation),
      callbacks: [stopping],
    });
  }
  const { accuracy } = (await trainer.evaluate(batchesOf(test))).metrics;

  return {
    metrics: { accuracy },
    baseline: { accuracy: baselineAccuracy(training, test, unit) },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.texts.length, tested: test.texts.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: {},
  };
}

/** What is fixed by the training part alone: vocabulary, classes, sizes. */
function settingsFor({ texts, labels }: LabelledTexts, { unit: asked, sizes }: ClassificationOptions): Settings {
  const meanLength = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  const unit = asked === "auto" ? (meanLength < 40 ? "characters" : "words") : asked;
  const split = unit === "words" ? { lower: true, size: 20_000 } : ({ split: "characters" } as const);
  const tokenizer = WordTokenizer.fit(texts, split);
  return { tokenizer: tokenizer.toJSON(), classes: [...new Set(labels.flat())].sort(), unit, sizes: sizes[unit] };
}

/** A few lengths that texts are padded to. */
const bucketsFor = (length: number): number[] =>
  [1 / 4, 1 / 2, 1].map((share) => Math.ceil(length * share)).filter((bucket, i, all) => bucket !== all[i - 1]);

function baselineAccuracy(training: LabelledTexts, test: LabelledTexts, unit: Unit): number {
  const features = unit === "words" ? wordsOf : characterPairs;
  const bayes = NaiveBayes.fit(training.texts.map(features), training.labels);
  const right = test.texts.filter((text, i) => test.labels[i]?.includes(bayes.predict(features(text))));
  return right.length / test.texts.length;
}

export const classification: Task<ClassificationOptions, Settings> = {
  name: "classification",
  flags,
  readOptions,
  run,
};
