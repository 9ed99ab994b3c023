/** Praise or blame: trained, tested beside naive Bayes, and asked about texts without labels; which words attention went to. */
import { add, compile, int32, losses, metrics, softmax } from "seqgrad";
import { Batches, holdout } from "seqgrad/data";
import { NaiveBayes, wordsOf } from "../baselines/naive-bayes.ts";
import type { Flags } from "../shared/flags.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Prediction, Question, Task } from "../shared/task/task.ts";
import { type Keep, readKeep, trainModel } from "../shared/task/train.ts";
import {
  type Columns,
  joined,
  type LabelledTexts,
  partOf,
  readLabelledTexts,
  readTexts,
  withoutTexts,
} from "../shared/text/labelled.ts";
import { verdictsOf } from "../shared/text/verdicts.ts";
import { defaults, facts } from "./help.mjs";
import type { JudgedText } from "./judged.ts";
import { madeUpReviews } from "./made-up.ts";
import { SentimentModel, type Settings, settingsFor } from "./model.ts";
import { attentionPage } from "./page.ts";
import { wordsPicture } from "./picture.ts";

export interface SentimentOptions {
  readonly columns: Columns;
  readonly hidden: number;
  readonly embed: number;
  readonly words: number;
  readonly batch: number;
  readonly lr: number;
  readonly keep: Keep;
}

/** What differs in length from text to text. */
const padded = { tokens: "lengths", hints: "hintLengths" } as const;

async function run(job: Job<SentimentOptions, Settings>): Promise<Outcome<Settings>> {
  const { options, seed, saved } = job;
  const labelled = await readLabelledTexts(job.data ?? madeUpReviews(400, seed), options.columns);
  const given = job.test && (await readLabelledTexts(job.test, options.columns));
  const all = given ? withoutTexts(labelled, given.texts) : labelled;
  const parts = holdout(all.texts.length, {
    test: given ? 0 : 0.15,
    validation: options.keep === "best" ? 0.1 : 0,
    shuffle: seed,
  });
  const [training, validation] = [partOf(all, parts.train), partOf(all, parts.validation)];
  const test = given ?? partOf(all, parts.test);

  const settings = saved?.settings ?? settingsFor(training, options);
  const { classes } = settings;
  const model = new SentimentModel(settings);
  const [words, insides] = model.runs;
  job.say(
    "model",
    `GRU in both directions with attention over ${model.tokenizer.size} words; ${words.size - 1} runs of words, ${insides.size - 1} of characters`,
  );

  const labelsOf = ({ labels }: LabelledTexts) => labels.map(([label]) => classes.indexOf(label as string));
  const batchesOf = (part: LabelledTexts) =>
    new Batches(
      { ...model.fieldsOf(part.texts), label: labelsOf(part) },
      { batchSize: options.batch, lengths: padded },
    );
  const trainer = await trainModel(job, model, {
    inputs: { ...model.inputs, label: int32(["batch"]) },
    sizes: model.sizes,
    loss: ({ label, ...inputs }) => {
      const { judges, logits, scores } = model.forward(inputs);
      return {
        loss: judges
          .map((each) => losses.crossEntropy(each, label, { labelSmoothing: 0.1 }))
          .reduce((sum, each) => add(sum, each)),
        outputs: { logits, scores },
        metrics: {
          accuracy: metrics.accuracy(logits, label),
          net: metrics.accuracy(judges[0], label),
          words: metrics.accuracy(judges[1], label),
          insides: metrics.accuracy(judges[2], label),
        },
      };
    },
    training: () =>
      new Batches(
        { ...model.fieldsOf(training.texts, training.labels), label: labelsOf(training) },
        { batchSize: options.batch, shuffle: seed, lengths: padded },
      ),
    validation: options.keep === "best" ? () => batchesOf(validation) : undefined,
    epochs: facts.epochs,
    learningRate: options.lr,
    weightDecay: 0.05,
    monitor: "accuracy",
  });
  const { accuracy } = (await trainer.evaluate(batchesOf(test))).metrics;

  const shown = partOf(
    test,
    Int32Array.from({ length: Math.min(20, test.texts.length) }, (_, i) => i),
  );
  const weights = await trainer.stateDict();
  const speaking = model.speaking(weights);
  const judged: JudgedText[] = [];
  let at = 0;
  for await (const { logits, scores } of trainer.predict(batchesOf(shown))) {
    const places = Int32Array.from({ length: logits.length / classes.length }, () => at++);
    judged.push(...judgedTexts(partOf(shown, places), { logits, scores }, classes, speaking));
  }
  for (const { words, verdict } of judged.slice(0, 3)) job.say(verdict, words.map(({ word }) => word).join(" "));
  return {
    metrics: { accuracy },
    baseline: { accuracy: baselineAccuracy(joined(training, validation), test) },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.texts.length, tested: test.texts.length },
    model: saved ? undefined : { settings, weights },
    files: { "attention.html": attentionPage(judged), "words.svg": wordsPicture(judged) },
  };
}

/** What the net says of texts that were one batch: class, attention, and what single words speak. */
function judgedTexts(
  { texts, labels }: LabelledTexts,
  { logits, scores }: Record<"logits" | "scores", ArrayLike<number>>,
  classes: readonly string[],
  speaking: (word: string, place: number) => number,
): JudgedText[] {
  const [time, width] = [scores.length / texts.length, classes.length];
  return texts.map((text, row) => {
    const read = wordsOf(text).slice(0, time);
    const parts = read.map((_, t) => Math.exp(scores[row * time + t] as number));
    const total = parts.reduce((sum, part) => sum + part, 0);
    const values = classes.map((_, at) => logits[row * width + at] as number);
    const place = values.indexOf(Math.max(...values));
    const words = read.map((word, t) => ({
      word,
      share: (parts[t] as number) / total,
      speaks: speaking(word, place),
    }));
    const verdict = classes[place] as string;
    return { words, verdict, label: (labels[row] as readonly string[])[0] as string };
  });
}

/** Naive Bayes on all that the model was given, what its epoch was chosen by among it. */
function baselineAccuracy(training: LabelledTexts, test: LabelledTexts): number {
  const bayes = NaiveBayes.fit(training.texts.map(wordsOf), training.labels);
  return (
    test.texts.filter((text, i) => test.labels[i]?.includes(bayes.predict(wordsOf(text)))).length / test.texts.length
  );
}

async function* predict({
  device,
  data,
  options,
  saved,
}: Question<SentimentOptions, Settings>): AsyncGenerator<Prediction> {
  const texts = await readTexts(data, options.columns.text);
  const model = new SentimentModel(saved.settings);
  model.loadStateDict(device, saved.weights);
  const { inputs, sizes } = model;
  const program = await compile(device, model, { inputs, sizes, fn: (given) => softmax(model.forward(given).logits) });
  const batches = new Batches(model.fieldsOf(texts), { batchSize: options.batch, lengths: padded });
  yield* verdictsOf(batches, (batch) => program.run(batch), texts, saved.settings.classes);
}

const readOptions = (flags: Flags): SentimentOptions => ({
  columns: { text: flags.path("text-column", "text"), label: flags.path("label-column", "label") },
  hidden: flags.integer("hidden", defaults.hidden),
  embed: flags.integer("embed", defaults.embed),
  words: flags.integer("words", defaults.words, 3),
  batch: flags.integer("batch", defaults.batch),
  lr: flags.number("lr", defaults.lr, "a positive number", (value) => value > 0),
  keep: readKeep(flags),
});

export const sentiment: Task<SentimentOptions, Settings> = {
  name: "sentiment",
  flags: ["text-column", "label-column", "hidden", "embed", "words", "batch", "lr", "keep"],
  readOptions,
  run,
  predict,
};
