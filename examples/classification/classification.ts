/** Texts in classes: trained, tested beside naive Bayes, and asked about texts without labels. */
import {
  add,
  argmax,
  compile,
  float32,
  greater,
  losses,
  metrics,
  reshape,
  softmax,
  takeAlongAxis,
  type Value,
} from "seqgrad";
import { Batches, holdout } from "seqgrad/data";
import { characterPairs, NaiveBayes, wordsOf } from "../baselines/naive-bayes.ts";
import { confusionPicture } from "../shared/figures/confusion.ts";
import { likeliest } from "../shared/likeliest.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Prediction, Question, Task } from "../shared/task/task.ts";
import { trainModel } from "../shared/task/train.ts";
import {
  joined,
  type LabelledTexts,
  partOf,
  readLabelledTexts,
  readTexts,
  withoutTexts,
} from "../shared/text/labelled.ts";
import { madeUpNames } from "../shared/text/made-up.ts";
import { verdictsOf } from "../shared/text/verdicts.ts";
import { facts } from "./help.mjs";
import { Classifier, type Settings, settingsFor } from "./model.ts";
import { type ClassificationOptions, flags, readOptions, type Unit } from "./options.ts";

async function run(job: Job<ClassificationOptions, Settings>): Promise<Outcome<Settings>> {
  const { options, seed, saved } = job;
  const read = await readLabelledTexts(job.data ?? madeUpNames(300, seed), options.columns);
  const given = job.test && (await readLabelledTexts(job.test, options.columns));
  const all = given ? withoutTexts(read, given.texts) : read;
  // by distinct texts: none is in two parts
  const parts = holdout(all.texts.length, {
    test: given ? 0 : 0.2,
    validation: options.keep === "best" ? 0.1 : 0,
    shuffle: seed,
  });
  const [training, validation] = [partOf(all, parts.train), partOf(all, parts.validation)];
  const test = given ?? partOf(all, parts.test);

  const settings = saved?.settings ?? settingsFor(training, options);
  const model = new Classifier(settings, saved ? undefined : training);
  const { classes, runs, unit } = settings;
  job.say("model", `GRU in both directions over ${unit}, ${runs.runs.length} runs of them, ${classes.length} classes`);

  // a text of several classes counts in equal parts for each
  const share = (own: readonly string[]) => classes.map((name) => (own.includes(name) ? 1 / own.length : 0));
  const batchesOf = ({ texts, labels }: LabelledTexts, shuffle: number | false = false) =>
    new Batches(
      { ...model.fieldsOf(texts), classes: labels.map(share) },
      { batchSize: settings.sizes.batch, shuffle, lengths: { tokens: "lengths" } },
    );
  const trainer = await trainModel(job, model, {
    inputs: { ...model.inputs, classes: float32(["batch", classes.length]) },
    sizes: model.sizes,
    loss: ({ classes, ...inputs }) => {
      const { counted, logits } = model.forward(inputs);
      const hits = (verdict: Value) =>
        metrics.mean(greater(takeAlongAxis(classes, reshape(argmax(verdict), [classes.shape[0] as number, 1]), -1), 0));
      return {
        // runs are to be right by themselves, and the net to learn what they leave over
        loss: add(losses.crossEntropy(logits, classes), losses.crossEntropy(counted, classes)),
        outputs: softmax(logits),
        metrics: { accuracy: hits(logits), runs: hits(counted) },
      };
    },
    training: () => batchesOf(training, seed),
    validation: options.keep === "best" ? () => batchesOf(validation) : undefined,
    epochs: facts.epochs,
    learningRate: settings.sizes.lr,
    monitor: "accuracy",
  });
  const verdicts: string[] = [];
  for await (const shares of trainer.predict(batchesOf(test)))
    verdicts.push(...likeliest(shares, classes).map((each) => each.class));
  const examples = verdicts.map((verdict, i) => ({ verdict, labels: test.labels[i] as readonly string[] }));
  const accuracy = examples.filter(({ verdict, labels }) => labels.includes(verdict)).length / examples.length;

  return {
    metrics: { accuracy },
    baseline: { accuracy: baselineAccuracy(joined(training, validation), test, unit) },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.texts.length, tested: test.texts.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: { "confusion.svg": confusionPicture(classes, examples) },
  };
}

/** Naive Bayes on all that the model was given, what its epoch was chosen by among it. */
function baselineAccuracy(training: LabelledTexts, test: LabelledTexts, unit: Unit): number {
  const features = unit === "words" ? wordsOf : characterPairs;
  const bayes = NaiveBayes.fit(training.texts.map(features), training.labels);
  const right = test.texts.filter((text, i) => test.labels[i]?.includes(bayes.predict(features(text))));
  return right.length / test.texts.length;
}

async function* predict(question: Question<ClassificationOptions, Settings>): AsyncGenerator<Prediction> {
  const { device, data, options, saved } = question;
  const texts = await readTexts(data, options.columns.text);
  const model = new Classifier(saved.settings);
  model.loadStateDict(device, saved.weights);
  const { inputs, sizes } = model;
  const program = await compile(device, model, { inputs, sizes, fn: (given) => softmax(model.forward(given).logits) });
  const batches = new Batches(model.fieldsOf(texts), {
    batchSize: saved.settings.sizes.batch,
    lengths: { tokens: "lengths" },
  });
  yield* verdictsOf(batches, (batch) => program.run(batch), texts, saved.settings.classes);
}

export const classification: Task<ClassificationOptions, Settings> = {
  name: "classification",
  flags,
  readOptions,
  run,
  predict,
};
