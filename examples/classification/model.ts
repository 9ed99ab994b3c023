/** A net that reads a text in both directions, and what the text's runs speak for, added up (Cheng et al. 2016: wide and deep). */
import { add, dropout, int32, nn, pool, type Value } from "seqgrad";
import { WordTokenizer, type WordTokenizerJson } from "seqgrad/data";
import type { LabelledTexts } from "../shared/text/labelled.ts";
import { evidenceOf, type RunForm, RunScores, Runs, type RunsJson } from "../shared/text/runs.ts";
import type { ClassificationOptions, Sizes, Unit } from "./options.ts";

/** What a model is made from and fed with. */
export interface Settings {
  readonly tokenizer: WordTokenizerJson;
  readonly classes: readonly string[];
  readonly unit: Unit;
  readonly runs: RunsJson;
  readonly sizes: Sizes;
}

const forms: Readonly<Record<Unit, RunForm>> = {
  characters: { of: "characters", shortest: 1, longest: 4, most: 100 },
  words: { of: "words", shortest: 1, longest: 2, most: 600 },
};

/** What is fixed by the training part alone. */
export function settingsFor({ texts, labels }: LabelledTexts, { unit: asked, sizes }: ClassificationOptions): Settings {
  const meanLength = texts.reduce((sum, text) => sum + text.length, 0) / texts.length;
  const unit: Unit = asked === "auto" ? (meanLength < 40 ? "characters" : "words") : asked;
  const split = unit === "words" ? { lower: true, size: 20_000 } : ({ split: "characters" } as const);
  return {
    tokenizer: WordTokenizer.fit(texts, split).toJSON(),
    classes: [...new Set(labels.flat())].sort(),
    unit,
    runs: Runs.of(texts, forms[unit]).json,
    sizes: sizes[unit],
  };
}

export class Classifier extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly gru: nn.GRU;
  readonly head: nn.Linear;
  readonly runs: RunScores;
  readonly #tokenizer: WordTokenizer;
  readonly #runs: Runs;

  /** @param trained the texts that evidence is counted in; undefined where weights are loaded */
  constructor(
    readonly settings: Settings,
    trained?: LabelledTexts,
  ) {
    super();
    const { classes, sizes, tokenizer, runs } = settings;
    this.#tokenizer = WordTokenizer.fromJSON(tokenizer);
    this.#runs = new Runs(runs);
    this.embedding = new nn.Embedding(this.#tokenizer.size, sizes.embed);
    this.gru = new nn.GRU(sizes.embed, sizes.hidden, { bidirectional: true });
    this.head = new nn.Linear(2 * sizes.hidden, classes.length);
    this.runs = new RunScores(
      this.#runs.size,
      classes.length,
      trained && evidenceOf(this.#runs.counts(trained, classes)),
    );
  }

  /** int32 [batch, time], the lengths and the runs → logits [batch, classes] of the runs, and of them and the net together. */
  forward({ tokens, lengths, runs, weights }: Record<"tokens" | "lengths" | "runs" | "weights", Value>) {
    const [outputs] = this.gru.forward(dropout(this.embedding.forward(tokens), 0.2), undefined, { lengths });
    const read = this.head.forward(dropout(pool(outputs, lengths, "max"), 0.5));
    const counted = this.runs.forward({ numbers: runs, weights });
    return { counted, logits: add(read, counted) };
  }

  /** What a program is given, and the lengths that texts are padded to. */
  get inputs() {
    const { numbers, weights } = this.#runs.inputs;
    return { tokens: int32(["batch", "time"]), lengths: int32(["batch"]), runs: numbers, weights };
  }

  get sizes() {
    const { length } = this.settings.sizes;
    const buckets = [1 / 4, 1 / 2, 1].map((share) => Math.ceil(length * share));
    return { time: { buckets: [...new Set(buckets)], lengths: "lengths" } };
  }

  /** Texts as those inputs, the lengths aside. */
  fieldsOf(texts: readonly string[]) {
    const tokens = texts.map((text) => this.#tokenizer.encode(text).slice(0, this.settings.sizes.length));
    const { numbers, weights } = this.#runs.fieldsOf(texts);
    return { tokens, runs: numbers, weights };
  }
}
