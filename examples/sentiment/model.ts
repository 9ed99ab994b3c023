/** Three that judge a text, each trained by itself, and added up: a net that reads it, runs of its words, runs of its characters. */
import {
  add,
  concat,
  dropout,
  float32,
  full,
  int32,
  mul,
  nn,
  Parameter,
  pool,
  reshape,
  squeeze,
  sum,
  tanh,
  type Value,
} from "seqgrad";
import { WordTokenizer, type WordTokenizerJson } from "seqgrad/data";
import { wordsOf } from "../baselines/naive-bayes.ts";
import type { LabelledTexts } from "../shared/text/labelled.ts";
import { evidenceOf, type RunForm, RunScores, Runs } from "../shared/text/runs.ts";
import { Hints, type HintsJson } from "./hints.ts";

/** What a model is made from and fed with. */
export interface Settings {
  readonly tokenizer: WordTokenizerJson;
  readonly classes: readonly string[];
  readonly hints: HintsJson;
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
const longest = buckets.at(-1) as number;

/** Words as all of this counts them. */
const spaced = (text: string): string => wordsOf(text).join(" ");

/** What is fixed by the training part alone. */
export function settingsFor(
  trained: LabelledTexts,
  { hidden, embed, words }: { readonly hidden: number; readonly embed: number; readonly words: number },
): Settings {
  const { texts, labels } = trained;
  const classes = [...new Set(labels.flat())].sort();
  const runs = [Runs.of(texts, forms.words), Runs.of(texts, forms.insides)];
  return {
    tokenizer: WordTokenizer.fit(texts.map(spaced), { split: "whitespace", size: words }).toJSON(),
    classes,
    hints: Hints.fit(trained, runs, classes, longest).json,
    hidden,
    embed,
  };
}

type Kind = HintsJson["kinds"][number];
type Fields = ReturnType<Runs["fieldsOf"]>;
type Inputs =
  | "tokens"
  | "lengths"
  | "hintLengths"
  | "hints"
  | "sums"
  | "words"
  | "wordWeights"
  | "insides"
  | "insideWeights";

export class SentimentModel extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly gru: nn.GRU;
  readonly project: nn.Linear;
  readonly score: nn.Linear;
  readonly head: nn.Linear;
  /** How far the sum of each kind and length of runs is trusted. */
  readonly summed: Parameter;
  readonly words: RunScores;
  readonly insides: RunScores;
  readonly tokenizer: WordTokenizer;
  readonly classes: number;
  readonly runs: readonly [words: Runs, insides: Runs];
  readonly #hints: Hints;

  constructor(settings: Settings) {
    super();
    const { embed, hidden } = settings;
    const classes = settings.classes.length;
    this.classes = classes;
    this.tokenizer = WordTokenizer.fromJSON(settings.tokenizer);
    this.#hints = Hints.fromJSON(settings.hints);
    const { channels } = this.#hints;
    const [words, insides] = settings.hints.kinds as [Kind, Kind];
    const scores = ({ counts }: Kind) => new RunScores(counts.length, classes, evidenceOf(counts));
    this.runs = [new Runs(words.runs), new Runs(insides.runs)];
    this.words = scores(words);
    this.insides = scores(insides);
    this.embedding = new nn.Embedding(this.tokenizer.size, embed);
    this.gru = new nn.GRU(embed + channels * classes, hidden, { bidirectional: true });
    this.project = new nn.Linear(2 * hidden, hidden);
    this.score = new nn.Linear(hidden, 1, { bias: false });
    this.head = new nn.Linear(4 * hidden, classes);
    this.summed = new Parameter([channels, 1], nn.initializers.constant(0.125));
  }

  /**
   * → logits [batch, classes] of each of the three, and a score for each word: how much attention it gets is the softmax of them.
   * The net is told of each word what it speaks for by what was counted, and adds its own to the sum of that (Wang and Manning 2012).
   */
  forward({ tokens, lengths, hints, sums, ...runs }: Record<Inputs, Value>) {
    const read = concat([dropout(this.embedding.forward(tokens), 0.4), hints], 2);
    const [batch, time] = read.shape as [number, number];
    // whole words are dropped: a sentence should be understood without any one of them
    const kept = mul(read, dropout(full([batch, time, 1], 1), 0.3));
    const [outputs] = this.gru.forward(kept, undefined, { lengths });
    const scores = squeeze(this.score.forward(tanh(this.project.forward(outputs))), -1);
    const summary = concat([pool(outputs, lengths, "attention", scores), pool(outputs, lengths, "max")], 1);
    const byClass = reshape(sums, [batch, this.#hints.channels, this.classes]);
    const judges = [
      add(this.head.forward(dropout(summary, 0.5)), sum(mul(byClass, this.summed), 1)),
      this.words.forward({ numbers: runs.words, weights: runs.wordWeights }),
      this.insides.forward({ numbers: runs.insides, weights: runs.insideWeights }),
    ] as const;
    return { judges, logits: judges.reduce((all, each) => add(all, each)), scores };
  }

  /** What a program is given, and the lengths that texts are padded to. */
  get inputs() {
    const [words, insides] = this.runs.map((runs) => runs.inputs) as [Runs["inputs"], Runs["inputs"]];
    const width = this.#hints.channels * this.classes;
    return {
      tokens: int32(["batch", "time"]),
      lengths: int32(["batch"]),
      // the same, as each field that is padded has its own
      hintLengths: int32(["batch"]),
      hints: float32(["batch", "time", width]),
      sums: float32(["batch", width]),
      ...{ words: words.numbers, wordWeights: words.weights },
      ...{ insides: insides.numbers, insideWeights: insides.weights },
    };
  }

  readonly sizes = { time: { buckets, lengths: "lengths" } };

  /** Texts as those inputs, the lengths aside; with their labels where they are those that were counted. */
  fieldsOf(texts: readonly string[], labels?: LabelledTexts["labels"]) {
    const [words, insides] = this.runs.map((runs) => runs.fieldsOf(texts)) as [Fields, Fields];
    return {
      tokens: texts.map((text) => this.tokenizer.encode(spaced(text)).slice(0, longest)),
      ...this.#hints.fieldsOf(texts, longest, labels),
      ...{ words: words.numbers, wordWeights: words.weights },
      ...{ insides: insides.numbers, insideWeights: insides.weights },
    };
  }

  /** By what was learned, how much a word alone speaks for a class, by its place; 0 of one that is not known. */
  speaking(weights: nn.StateDict): (word: string, place: number) => number {
    const [evidence, trust] = ["words.evidence.weight", "words.trust.weight"].map(
      (name) => weights.get(name)?.data ?? [],
    );
    return (word, place) => {
      const run = this.runs[0].numberOf(word);
      const row = Array.from({ length: this.classes }, (_, at) => {
        const index = run * this.classes + at;
        return Number(evidence?.[index]) * Number(trust?.[index]);
      });
      return (row[place] as number) - row.reduce((sum, each) => sum + each, 0) / row.length;
    };
  }
}
