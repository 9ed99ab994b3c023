/** Three that judge a text, each trained by itself, and added up: a net that reads it, runs of its words, runs of its characters. */
import { add, concat, dropout, full, int32, mul, nn, pool, squeeze, tanh, type Value } from "seqgrad";
import { WordTokenizer, type WordTokenizerJson } from "seqgrad/data";
import { wordsOf } from "../baselines/naive-bayes.ts";
import type { LabelledTexts } from "../shared/text/labelled.ts";
import { type RunForm, RunScores, Runs, type RunsJson } from "../shared/text/runs.ts";

/** What a model is made from and fed with. */
export interface Settings {
  readonly tokenizer: WordTokenizerJson;
  readonly classes: readonly string[];
  readonly words: RunsJson;
  readonly insides: RunsJson;
  readonly hidden: number;
  readonly embed: number;
}

/** Words, pairs and triples; and three to five characters within a word, so that words which share a stem speak alike. */
const forms = {
  words: { of: "words", shortest: 1, longest: 3, most: 140 },
  insides: { of: "insides", shortest: 3, longest: 5, most: 400 },
} as const satisfies Record<string, RunForm>;

/** Lengths that texts are padded to; the last is the most words that are read. */
const buckets = [16, 24, 32, 48];

/** Words as all of this counts them. */
const spaced = (text: string): string => wordsOf(text).join(" ");

/** What is fixed by the training part alone. */
export function settingsFor(
  { texts, labels }: LabelledTexts,
  { hidden, embed, words }: { readonly hidden: number; readonly embed: number; readonly words: number },
): Settings {
  return {
    tokenizer: WordTokenizer.fit(texts.map(spaced), { split: "whitespace", size: words }).toJSON(),
    classes: [...new Set(labels.flat())].sort(),
    words: Runs.of(texts, forms.words).json,
    insides: Runs.of(texts, forms.insides).json,
    hidden,
    embed,
  };
}

export class SentimentModel extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly gru: nn.GRU;
  readonly project: nn.Linear;
  readonly score: nn.Linear;
  readonly head: nn.Linear;
  readonly words: RunScores;
  readonly insides: RunScores;
  readonly tokenizer: WordTokenizer;
  readonly classes: number;
  readonly #words: Runs;
  readonly #insides: Runs;

  /** @param trained the texts that evidence is counted in; undefined where weights are loaded */
  constructor(settings: Settings, trained?: LabelledTexts) {
    super();
    const { classes, embed, hidden } = settings;
    this.classes = classes.length;
    this.tokenizer = WordTokenizer.fromJSON(settings.tokenizer);
    this.#words = new Runs(settings.words);
    this.#insides = new Runs(settings.insides);
    const scores = (runs: Runs) => new RunScores(runs.size, classes.length, trained && runs.evidence(trained, classes));
    this.words = scores(this.#words);
    this.insides = scores(this.#insides);
    this.embedding = new nn.Embedding(this.tokenizer.size, embed);
    this.gru = new nn.GRU(embed, hidden, { bidirectional: true });
    this.project = new nn.Linear(2 * hidden, hidden);
    this.score = new nn.Linear(hidden, 1, { bias: false });
    this.head = new nn.Linear(4 * hidden, classes.length);
  }

  /** → logits [batch, classes] of each of the three, and a score for each word: how much attention it gets is the softmax of them. */
  forward({ tokens, lengths, words, insides }: Record<"tokens" | "lengths" | "words" | "insides", Value>) {
    const read = this.embedding.forward(tokens);
    const [batch, time] = read.shape as [number, number];
    // whole words are dropped: a sentence should be understood without any one of them
    const kept = mul(read, dropout(full([batch, time, 1], 1), 0.3));
    const [outputs] = this.gru.forward(dropout(kept, 0.4), undefined, { lengths });
    const scores = squeeze(this.score.forward(tanh(this.project.forward(outputs))), -1);
    const summary = concat([pool(outputs, lengths, "attention", scores), pool(outputs, lengths, "max")], 1);
    const judges = [
      this.head.forward(dropout(summary, 0.5)),
      this.words.forward(words),
      this.insides.forward(insides),
    ] as const;
    return { judges, logits: judges.reduce((sum, each) => add(sum, each)), scores };
  }

  /** What a program is given, and the lengths that texts are padded to. */
  get inputs() {
    return {
      tokens: int32(["batch", "time"]),
      lengths: int32(["batch"]),
      words: this.#words.input,
      insides: this.#insides.input,
    };
  }

  readonly sizes = { time: { buckets, lengths: "lengths" } };

  /** Texts as those inputs, the lengths aside. */
  fieldsOf(texts: readonly string[]) {
    return {
      tokens: texts.map((text) => this.tokenizer.encode(spaced(text)).slice(0, buckets.at(-1))),
      words: this.#words.fieldOf(texts),
      insides: this.#insides.fieldOf(texts),
    };
  }

  /** By what was learned, how much a word alone speaks for a class, by its place; 0 of one that is not known. */
  speaking(weights: nn.StateDict): (word: string, place: number) => number {
    const [evidence, trust] = ["words.evidence.weight", "words.trust.weight"].map(
      (name) => weights.get(name)?.data ?? [],
    );
    return (word, place) => {
      const run = this.#words.numberOf(word);
      const row = Array.from({ length: this.classes }, (_, at) => {
        const index = run * this.classes + at;
        return Number(evidence?.[index]) * Number(trust?.[index]);
      });
      return (row[place] as number) - row.reduce((sum, each) => sum + each, 0) / row.length;
    };
  }
}
