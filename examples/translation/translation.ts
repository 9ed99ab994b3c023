/** Translation: an encoder and a decoder of GRUs with Bahdanau's attention, beside a translation word for word. */
import { int32, losses, metrics, nn } from "seqgrad";
import { Batches, holdout, WordTokenizer, type WordTokenizerJson } from "seqgrad/data";
import { Lexicon } from "../baselines/word-for-word.ts";
import { UserError } from "../shared/errors.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Prediction, Question, Task } from "../shared/task/task.ts";
import { trainModel } from "../shared/task/train.ts";
import { attentionPicture } from "./figure.ts";
import { madeUpSentences } from "./made-up.ts";
import { flags, readOptions, type Sizes, type TranslationOptions } from "./options.ts";
import { type Languages, type Pair, readCorpus, readSentences, wordsOf } from "./pairs.ts";
import { translate } from "./translate.ts";

export interface Settings {
  readonly languages: Languages;
  readonly source: WordTokenizerJson;
  readonly target: WordTokenizerJson;
  /** What stands for a word that the net has no token for, by the word that it looks at. */
  readonly dictionary: Readonly<Record<string, string>>;
  readonly sizes: Sizes;
}

/** Tokens of both languages: padding is 0. */
const special = { pad: "<pad>", start: "<start>", end: "<end>" };

const modelOf = (source: WordTokenizer, target: WordTokenizer, { hidden, embed }: Sizes): nn.Seq2Seq =>
  new nn.Seq2Seq(source.size, target.size, {
    embedding: embed,
    hidden,
    cell: "gru",
    bidirectional: true,
    attention: "bahdanau",
    dropout: 0.1,
    startToken: target.special.start as number,
  });

async function run(job: Job<TranslationOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const asked = saved?.settings.languages ?? options.languages;
  const corpus = await readCorpus(job.data ?? madeUpSentences(1000, seed), asked);
  const given = job.test && (await readCorpus(job.test, corpus.languages));
  const longest = saved?.settings.sizes.length ?? options.sizes.length;
  const short = (pairs: readonly Pair[]) => pairs.filter(({ source }) => source.length <= longest);
  const own = short(given ? [...given.training, ...given.test] : corpus.test);
  const buckets = bucketsFor(longest);
  // the end is a token too
  const trainable = short(corpus.training).filter(({ target }) => target.length < (buckets.at(-1) as number));
  const { training, validation, test } = splitPairs(trainable, own.length > 0 ? own : undefined, seed);
  if (!saved && validation.length === 0) {
    throw new UserError(`${job.data?.name}: has ${trainable.length} sentences of ${longest} words or fewer; give more`);
  }

  const lexicon = Lexicon.fit(training);
  const settings = saved?.settings ?? settingsFor(corpus.languages, training, lexicon, options.sizes);
  const [source, target] = [WordTokenizer.fromJSON(settings.source), WordTokenizer.fromJSON(settings.target)];
  const model = modelOf(source, target, settings.sizes);
  const { from, to } = settings.languages;
  job.say("model", `from ${from} to ${to}, ${source.size} and ${target.size} words, at most ${longest} in a sentence`);

  const batchesOf = (pairs: readonly Pair[], isTraining = false) =>
    new Batches(
      {
        source: pairs.map((pair) => source.encode(pair.source.join(" "))),
        target: pairs.map((pair) => target.encode(pair.target.join(" "), { end: true })),
      },
      {
        batchSize: options.batch,
        lengths: { source: "lengths", target: "targetLengths" },
        buckets,
        shuffle: isTraining && seed,
      },
    );
  const trainer = await trainModel(job, model, {
    inputs: {
      source: int32(["batch", "time"]),
      lengths: int32(["batch"]),
      target: int32(["batch", "time"]),
      targetLengths: int32(["batch"]),
    },
    loss: ({ source, lengths, target }) => {
      const { logits } = model.forward(source, target, { lengths });
      return losses.crossEntropy(logits, target, { ignoreIndex: 0 });
    },
    training: () => batchesOf(training, true),
    validation: () => batchesOf(validation),
    epochs: 6,
    learningRate: options.lr,
  });

  const sentences = test.map((pair) => pair.source);
  const written = await translate({ device, model, source, target, settings, beams: options.beams }, sentences);
  for (const each of written.slice(0, 3)) job.say("", `${each.source.join(" ")} → ${each.words.join(" ")}`);
  const bleu = (texts: readonly (readonly string[])[]) =>
    metrics.bleu(
      texts.map((words) => words.join(" ")),
      test.map((pair) => pair.target.join(" ")),
    ).score;
  return {
    metrics: { bleu: bleu(written.map(({ words }) => words)) },
    baseline: { bleu: bleu(sentences.map((words) => lexicon.translate(words))) },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.length, tested: test.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: {
      "attention.svg": attentionPicture(written.slice(0, 4)),
      "translations.tsv": written
        .map(({ source, words }, i) => `${source.join(" ")}\t${words.join(" ")}\t${test[i]?.target.join(" ")}\n`)
        .join(""),
    },
  };
}

/** One in 33 chooses the epoch; without others of their own one in ten is tested on. No sentence is in two parts. */
function splitPairs(given: readonly Pair[], test: readonly Pair[] | undefined, seed: number) {
  const textOf = ({ source }: Pair) => source.join(" ");
  const tested = new Set(test?.map(textOf));
  const pairs = [...new Map(given.map((pair) => [textOf(pair), pair])).values()].filter(
    (pair) => !tested.has(textOf(pair)),
  );
  if (pairs.length < 40) return { training: pairs, validation: [], test: test ?? [] };
  const parts = holdout(pairs.length, { test: test ? 0 : 0.1, validation: 0.03, shuffle: seed });
  const part = (places: Int32Array) => Array.from(places, (at) => pairs[at] as Pair);
  return { training: part(parts.train), validation: part(parts.validation), test: test ?? part(parts.test) };
}

/** Lengths that sentences are padded to. */
const bucketsFor = (length: number): number[] => [
  ...new Set([0.8, 1, 1.2, 1.5].map((share) => Math.ceil(length * share))),
];

/** What is fixed by the training part alone. */
function settingsFor(languages: Languages, training: readonly Pair[], lexicon: Lexicon, sizes: Sizes): Settings {
  const fitted = (side: keyof Pair) =>
    WordTokenizer.fit(
      training.map((pair) => pair[side].join(" ")),
      { split: "whitespace", size: sizes.words, special },
    ).toJSON();
  const dictionary = Object.fromEntries(
    [...lexicon.probabilities.keys()].map((word) => [word, lexicon.translateWord(word)]),
  );
  return { languages, source: fitted("source"), target: fitted("target"), dictionary, sizes };
}

async function* predict(question: Question<TranslationOptions, Settings>): AsyncGenerator<Prediction> {
  const { device, data, options, saved } = question;
  const { settings, weights } = saved;
  const lines = await readSentences(data);
  const [source, target] = [WordTokenizer.fromJSON(settings.source), WordTokenizer.fromJSON(settings.target)];
  const model = modelOf(source, target, settings.sizes);
  model.loadStateDict(device, weights);
  // what is too long is read to where the net was trained to
  const sentences = lines.map((line) => wordsOf(line).slice(0, settings.sizes.length));
  const written = await translate({ device, model, source, target, settings, beams: options.beams }, sentences);
  for (const [i, { words }] of written.entries()) yield { sentence: lines[i] as string, translation: words.join(" ") };
}

export const translation: Task<TranslationOptions, Settings> = {
  name: "translation",
  flags,
  readOptions,
  run,
  predict,
};
