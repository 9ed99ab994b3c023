/** Extractive summaries: the sentences that a net picks, beside those of TextRank and the first ones. */
import { float32, losses, metrics, slice, squeeze } from "seqgrad";
import { Batches, holdout, Scaler, WordTokenizer } from "seqgrad/data";
import { textRank } from "../baselines/text-rank.ts";
import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import { parameterCount } from "../shared/parameters.ts";
import type { Job, Outcome, Prediction, Question, Task } from "../shared/task/task.ts";
import { trainModel } from "../shared/task/train.ts";
import { type Article, type ArticleColumns, readArticles, readTexts, wordsOf } from "./articles.ts";
import { defaults } from "./help.mjs";
import { madeUpArticles } from "./made-up.ts";
import { countWords, measuresOf } from "./measures.ts";
import { buckets, inputs, lengths, type Settings, Summariser, scoresOf, sizes } from "./model.ts";
import { summariesPage } from "./page.ts";
import { pickSentences } from "./pick.ts";
import { articlePicture, rougePicture } from "./picture.ts";

export interface SummarisationOptions extends Pick<Settings, "hidden" | "embed" | "batch"> {
  readonly columns: ArticleColumns;
  readonly words: number;
  readonly lr: number;
}

const shownArticles = 12;

async function run(job: Job<SummarisationOptions, Settings>): Promise<Outcome<Settings>> {
  const { device, options, seed, saved } = job;
  const all = await readArticles(job.data ?? madeUpArticles(150, seed), options.columns);
  const given = job.test && (await readArticles(job.test, options.columns));
  const parts = holdout(all.length, { test: given ? 0 : 0.15, validation: 0.1, shuffle: seed });
  const part = (places: Int32Array) => Array.from(places, (at) => all[at] as Article);
  const [training, validation, test] = [part(parts.train), part(parts.validation), given ?? part(parts.test)];
  if (!saved && validation.length === 0) {
    throw new UserError(`${job.data?.name}: has ${all.length} articles, too few to train on; give more`);
  }

  const settings = saved?.settings ?? settingsFor(training, options);
  const model = new Summariser(settings);
  job.say("model", "a GRU over words and an LSTM in both directions over sentences");

  const batchesOf = (articles: readonly Article[], isTraining = false) =>
    new Batches(
      {
        ...model.fieldsOf(articles),
        // beside each label a 1, which padding has not
        labels: articles.map(({ isPicked }) => isPicked.map((each) => [Number(each), 1])),
      },
      {
        batchSize: settings.batch,
        lengths: { ...lengths, labels: "labelLengths" },
        ...(isTraining && { shuffle: seed, buckets }),
      },
    );
  const trainer = await trainModel(job, model, {
    inputs: { ...inputs, labels: float32(["batch", "sentences", 2]), labelLengths: inputs.lengths },
    sizes,
    loss: ({ labels, ...rest }) => {
      const [isPicked, counts] = [0, 1].map((at) => squeeze(slice(labels, 2, at, at + 1), -1));
      return losses.binaryCrossEntropy(model.forward(rest), isPicked as typeof labels, { weights: counts });
    },
    training: () => batchesOf(training, true),
    validation: () => batchesOf(validation),
    epochs: 3,
    learningRate: options.lr,
    weightDecay: 0.02,
  });

  const picks = pickAll(await scoresOf(device, model, test), test, roomOf);
  const figuresOf = (picked: readonly (readonly number[])[]) => {
    const texts = test.map(({ sentences }, i) => picked[i]?.map((at) => sentences[at]).join(" ") as string);
    const truth = test.map(({ summary }) => summary as string);
    const f1 = (order: number) => metrics.rouge(texts, truth, { order }).f1;
    return { rouge1: f1(1), rouge2: f1(2) };
  };
  const first = figuresOf(
    pickAll(
      test.map(({ sentences }) => sentences.map((_, i) => -i)),
      test,
      roomOf,
    ),
  );
  const ranked = figuresOf(
    pickAll(
      test.map(({ sentences }) => textRank(sentences.map(wordsOf))),
      test,
      roomOf,
    ),
  );
  const picked = figuresOf(picks);
  const told = ({ rouge1, rouge2 }: typeof first) => `ROUGE-1 ${rouge1.toFixed(4)}, ROUGE-2 ${rouge2.toFixed(4)}`;
  job.say("first", `sentences: ${told(first)}`);
  job.say("TextRank", told(ranked));
  const marked = test.slice(0, shownArticles).map(({ title, sentences, isPicked }, i) => ({
    title,
    sentences: sentences.map((text, at) => ({
      text,
      isPicked: picks[i]?.includes(at) ?? false,
      isTrue: isPicked[at] as boolean,
    })),
  }));
  return {
    metrics: picked,
    baseline: { rouge1: Math.max(first.rouge1, ranked.rouge1), rouge2: Math.max(first.rouge2, ranked.rouge2) },
    parameters: parameterCount(model),
    steps: trainer.steps,
    data: { trained: training.length, tested: test.length },
    model: saved ? undefined : { settings, weights: await trainer.stateDict() },
    files: {
      "summaries.html": summariesPage(marked),
      "article.svg": articlePicture(marked),
      "rouge.svg": rougePicture({ "the model": picked, TextRank: ranked, "first sentences": first }),
    },
  };
}

/** As many words as the true summary has. */
const roomOf = ({ summary = "" }: Article): number => wordsOf(summary).length;

const pickAll = (
  scores: readonly (readonly number[])[],
  articles: readonly Article[],
  room: (article: Article) => number,
): number[][] =>
  articles.map((article, i) => {
    const words = article.sentences.map((sentence) => wordsOf(sentence).length);
    return pickSentences(scores[i] as readonly number[], words, room(article));
  });

/** What is fixed by the training part alone. */
function settingsFor(training: readonly Article[], options: SummarisationOptions): Settings {
  const { hidden, embed, batch, words } = options;
  const tokenizer = WordTokenizer.fit(
    training.flatMap(({ sentences }) => sentences.map((sentence) => wordsOf(sentence).join(" "))),
    { split: "whitespace", size: words, special: { pad: "<pad>" } },
  );
  const counts = countWords(training);
  const scaler = Scaler.fit(training.flatMap((article) => measuresOf(article, counts)));
  const shares = training.map((article) => roomOf(article) / wordsOf(article.sentences.join(" ")).length);
  const share = shares.reduce((sum, each) => sum + each, 0) / shares.length;
  return { tokenizer: tokenizer.toJSON(), counts, scaler: scaler.toJSON(), share, hidden, embed, batch };
}

/** A row for each sentence. A summary has the share of the article that summaries had in training. */
async function* predict(question: Question<SummarisationOptions, Settings>): AsyncGenerator<Prediction> {
  const { device, data, options, saved } = question;
  const texts = await readTexts(data, options.columns);
  const model = new Summariser(saved.settings);
  model.loadStateDict(device, saved.weights);
  const room = ({ sentences }: Article) => Math.ceil(saved.settings.share * wordsOf(sentences.join(" ")).length);
  const scores = await scoresOf(device, model, texts);
  const picks = pickAll(scores, texts, room);
  for (const [i, { name, sentences }] of texts.entries()) {
    for (const [at, sentence] of sentences.entries()) {
      const probability = 1 / (1 + Math.exp(-(scores[i]?.[at] as number)));
      yield { article: name, picked: picks[i]?.includes(at) ? "yes" : "", probability, sentence };
    }
  }
}

const readOptions = (flags: Flags): SummarisationOptions => ({
  columns: { text: flags.path("text-column", "text"), summary: flags.path("summary-column", "summary") },
  hidden: flags.integer("hidden", defaults.hidden),
  embed: flags.integer("embed", defaults.embed),
  words: flags.integer("words", defaults.words, 3),
  batch: flags.integer("batch", defaults.batch),
  lr: flags.number("lr", defaults.lr, "a positive number", (value) => value > 0),
});

export const summarisation: Task<SummarisationOptions, Settings> = {
  name: "summarisation",
  flags: ["text-column", "summary-column", "hidden", "embed", "words", "batch", "lr"],
  readOptions,
  run,
  predict,
  pages: (predictions) => {
    const articles = new Map<string, Prediction[]>();
    for (const row of predictions) {
      const name = String(row.article);
      articles.set(name, [...(articles.get(name) ?? []), row]);
    }
    const marked = [...articles].map(([title, rows]) => ({
      title,
      sentences: rows.map(({ sentence, picked }) => ({
        text: String(sentence),
        isPicked: picked === "yes",
        isTrue: false,
      })),
    }));
    return { "summaries.html": summariesPage(marked), "article.svg": articlePicture(marked) };
  },
};
