/** Praise or blame: a bidirectional GRU with attention over words, and the evidence of single words and their runs beside it. */
import {
  add,
  callbacks,
  dropout,
  float32,
  int32,
  losses,
  metrics,
  mul,
  nn,
  optim,
  Parameter,
  pool,
  schedules,
  squeeze,
  Trainer,
  tanh,
  type Value,
} from "seqgrad";
import { Batches, holdout, WordTokenizer, type WordTokenizerJson } from "seqgrad/data";
import { NaiveBayes, wordsOf } from "../baselines/naive-bayes.ts";
import type { Flags } from "../shared/flags.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Task } from "../shared/task/task.ts";
import { type Columns, type LabelledTexts, partOf, readLabelledTexts } from "../shared/text/labelled.ts";
import { countEvidence, type EvidenceCounts, evidenceOf } from "./evidence.ts";
import { defaults } from "./help.mjs";
import { madeUpReviews } from "./made-up.ts";
import { attentionPage, type JudgedText } from "./page.ts";

export interface SentimentOptions {
  readonly columns: Columns;
  readonly hidden: number;
  readonly embed: number;
  readonly words: number;
  readonly batch: number;
  readonly lr: number;
}

interface Settings {
  readonly tokenizer: WordTokenizerJson;
  readonly classes: readonly string[];
  readonly evidence: EvidenceCounts;
  readonly hidden: number;
  readonly embed: number;
}

const buckets = [16, 24, 32, 48, 64];

class SentimentModel extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly gru: nn.GRU;
  readonly project: nn.Linear;
  readonly score: nn.Linear;
  readonly head: nn.Linear;
  /** How much the evidence counts, for each class. */
  readonly trust: Parameter;

  constructor(vocabulary: number, classes: number, { embed, hidden }: Pick<Settings, "embed" | "hidden">) {
    super();
    this.embedding = new nn.Embedding(vocabulary, embed);
    this.gru = new nn.GRU(embed, hidden, { bidirectional: true });
    this.project = new nn.Linear(2 * hidden, hidden);
    this.score = new nn.Linear(hidden, 1, { bias: false });
    this.head = new nn.Linear(2 * hidden, classes);
    this.trust = new Parameter([classes], nn.initializers.constant(0.1));
  }

  /** int32 [batch, time], lengths, float32 [batch, classes] → logits [batch, classes], and how much attention each word gets. */
  forward(tokens: Value, lengths: Value, evidence: Value): { logits: Value; scores: Value } {
    const [outputs] = this.gru.forward(dropout(this.embedding.forward(tokens), 0.5), undefined, { lengths });
    const scores = squeeze(this.score.forward(tanh(this.project.forward(outputs))), -1);
    const summary = dropout(pool(outputs, lengths, "attention", scores), 0.5);
    return { logits: add(this.head.forward(summary), mul(evidence, this.trust)), scores };
  }
}

async function run(job: Job<SentimentOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const all = await readLabelledTexts(job.data ?? madeUpReviews(400, seed), options.columns);
  const given = job.test && (await readLabelledTexts(job.test, options.columns));
  const parts = holdout(all.texts.length, { test: given ? 0 : 0.15, validation: 0.1, shuffle: seed });
  const [training, validation] = [partOf(all, parts.train), partOf(all, parts.validation)];
  const test = given ?? partOf(all, parts.test);

  const settings = saved?.settings ?? settingsFor(training, options);
  const { classes, evidence } = settings;
  const tokenizer = WordTokenizer.fromJSON(settings.tokenizer);
  const model = new SentimentModel(tokenizer.size, classes.length, settings);
  if (saved) model.loadStateDict(device, saved.weights);
  job.say(
    "model",
    `GRU in both directions with attention over ${tokenizer.size} words, ${evidence.vocabulary} runs of words`,
  );

  const labelsOf = ({ labels }: LabelledTexts) => labels.map(([label]) => classes.indexOf(label as string));
  const batchesOf = (part: LabelledTexts, isTraining = false) => {
    const label = labelsOf(part);
    return new Batches(
      {
        tokens: part.texts.map((text) => tokenizer.encode(text).slice(0, buckets.at(-1))),
        evidence: part.texts.map((text, i) => evidenceOf(wordsOf(text), evidence, isTraining ? label[i] : undefined)),
        label,
      },
      { batchSize: options.batch, shuffle: isTraining && seed, lengths: { tokens: "lengths" } },
    );
  };
  const batches = batchesOf(training, true);
  const epochs = job.epochs ?? 8;
  const trainer = await Trainer.create(device, model, {
    inputs: {
      tokens: int32(["batch", "time"]),
      lengths: int32(["batch"]),
      evidence: float32(["batch", classes.length]),
      label: int32(["batch"]),
    },
    sizes: { time: { buckets, lengths: "lengths" } },
    loss: ({ tokens, lengths, evidence, label }) => {
      const { logits, scores } = model.forward(tokens, lengths, evidence);
      return {
        loss: losses.crossEntropy(logits, label),
        outputs: { logits, scores },
        metrics: { accuracy: metrics.accuracy(logits, label) },
      };
    },
    optimizer: optim.adamW({
      learningRate: schedules.oneCycle(options.lr, { steps: epochs * batches.length }),
      weightDecay: 0.05,
    }),
    clipNorm: 1,
    seed,
    resume: job.resume,
  });
  if (!saved) {
    const stopping = callbacks.earlyStopping({ patience: epochs });
    await job.fit(trainer, batches, { epochs, validation: batchesOf(validation), callbacks: [stopping] });
  }
  const { accuracy } = (await trainer.evaluate(batchesOf(test))).metrics;

  const shown = partOf(
    test,
    Int32Array.from({ length: Math.min(20, test.texts.length) }, (_, i) => i),
  );
  const judged: JudgedText[] = [];
  for await (const { logits, scores } of trainer.predict(batchesOf(shown))) {
    judged.push(...judgedTexts(shown, { logits, scores }, tokenizer, classes));
  }
  for (const { words, verdict } of judged.slice(0, 3)) job.say(verdict, words.map(({ word }) => word).join(" "));
  return {
    metrics: { accuracy },
    baseline: { accuracy: baselineAccuracy(training, test) },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.texts.length, tested: test.texts.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: { "attention.html": attentionPage(judged) },
  };
}

/** What is fixed by the training part alone. */
function settingsFor(training: LabelledTexts, { hidden, embed, words }: SentimentOptions): Settings {
  const tokenizer = WordTokenizer.fit(training.texts, { lower: true, size: words });
  const classes = [...new Set(training.labels.flat())].sort();
  const labels = training.labels.map(([label]) => classes.indexOf(label as string));
  const evidence = countEvidence(training.texts.map(wordsOf), labels, classes.length);
  return { tokenizer: tokenizer.toJSON(), classes, evidence, hidden, embed };
}

/** What the net says of texts that were one batch: class and attention. */
function judgedTexts(
  { texts, labels }: LabelledTexts,
  { logits, scores }: Record<"logits" | "scores", ArrayLike<number>>,
  tokenizer: WordTokenizer,
  classes: readonly string[],
): JudgedText[] {
  const [time, width] = [scores.length / texts.length, classes.length];
  return texts.map((text, row) => {
    const tokens = [...tokenizer.encode(text).slice(0, time)];
    const parts = tokens.map((_, t) => Math.exp(scores[row * time + t] as number));
    const total = parts.reduce((sum, part) => sum + part, 0);
    const words = tokens.map((token, t) => ({
      word: tokenizer.words[token] as string,
      share: (parts[t] as number) / total,
    }));
    const values = classes.map((_, at) => logits[row * width + at] as number);
    const verdict = classes[values.indexOf(Math.max(...values))] as string;
    return { words, verdict, label: (labels[row] as readonly string[])[0] as string };
  });
}

function baselineAccuracy(training: LabelledTexts, test: LabelledTexts): number {
  const bayes = NaiveBayes.fit(training.texts.map(wordsOf), training.labels);
  return (
    test.texts.filter((text, i) => test.labels[i]?.includes(bayes.predict(wordsOf(text)))).length / test.texts.length
  );
}

const readOptions = (flags: Flags): SentimentOptions => ({
  columns: { text: flags.path("text-column", "text"), label: flags.path("label-column", "label") },
  hidden: flags.integer("hidden", defaults.hidden),
  embed: flags.integer("embed", defaults.embed),
  words: flags.integer("words", defaults.words, 3),
  batch: flags.integer("batch", defaults.batch),
  lr: flags.number("lr", defaults.lr, "a positive number", (value) => value > 0),
});

export const sentiment: Task<SentimentOptions, Settings> = {
  name: "sentiment",
  flags: ["text-column", "label-column", "hidden", "embed", "words", "batch", "lr"],
  readOptions,
  run,
};
