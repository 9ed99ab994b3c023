/** A GRU over words, a bidirectional LSTM over sentences, and how likely each of them is picked. */
import {
  cast,
  compile,
  concat,
  type Device,
  dropout,
  float32,
  greater,
  int32,
  nn,
  reshape,
  squeeze,
  sum,
  type Value,
} from "seqgrad";
import { Batches, Scaler, type ScalerJson, WordTokenizer, type WordTokenizerJson } from "seqgrad/data";
import { type Article, mostSentences, wordsOf } from "./articles.ts";
import { measureNames, measuresOf, type WordCounts } from "./measures.ts";

export interface Settings {
  readonly tokenizer: WordTokenizerJson;
  readonly counts: WordCounts;
  readonly scaler: ScalerJson;
  /** How much of an article its summary takes, in words. */
  readonly share: number;
  readonly hidden: number;
  readonly embed: number;
  readonly batch: number;
}

/** Words of a sentence that are read. */
const mostWords = 32;
const measures = measureNames.length;
/** Sentences that articles are padded to. */
export const buckets = [12, 16, 24, 32, mostSentences];

export const inputs = {
  words: int32(["batch", "sentences", mostWords]),
  lengths: int32(["batch"]),
  measures: float32(["batch", "sentences", measures]),
  measureLengths: int32(["batch"]),
};
export const sizes = { sentences: { buckets, lengths: "lengths" } };

export class Summariser extends nn.Module {
  readonly embedding: nn.Embedding;
  readonly gru: nn.GRU;
  readonly pooling: nn.AttentionPooling;
  readonly lstm: nn.LSTM;
  readonly head: nn.Linear;
  readonly #tokenizer: WordTokenizer;
  readonly #scaler: Scaler;

  constructor(readonly settings: Settings) {
    super();
    const { tokenizer, scaler, hidden, embed } = settings;
    this.#tokenizer = WordTokenizer.fromJSON(tokenizer);
    this.#scaler = Scaler.fromJSON(scaler);
    this.embedding = new nn.Embedding(this.#tokenizer.size, embed);
    this.gru = new nn.GRU(embed, hidden);
    this.pooling = new nn.AttentionPooling(hidden);
    this.lstm = new nn.LSTM(hidden + measures, hidden, { bidirectional: true });
    this.head = new nn.Linear(2 * hidden + measures, 1);
  }

  /** Gives logits [batch, sentences]. */
  forward({ words, lengths, measures }: Record<"words" | "lengths" | "measures", Value>): Value {
    const [batch, sentences] = words.shape as [number, number];
    const flat = reshape(words, [batch * sentences, mostWords]);
    // token 0 is padding
    const counts = cast(sum(cast(greater(flat, 0), "float32"), -1), "int32");
    const [read] = this.gru.forward(dropout(this.embedding.forward(flat), 0.3), undefined, { lengths: counts });
    const vectors = reshape(this.pooling.forward(read, { lengths: counts }), [batch, sentences, -1]);
    const [outputs] = this.lstm.forward(concat([dropout(vectors, 0.3), measures], -1), undefined, { lengths });
    return squeeze(this.head.forward(concat([dropout(outputs, 0.3), measures], -1)), -1);
  }

  fieldsOf(articles: readonly Article[]) {
    return {
      words: articles.map(({ sentences }) =>
        sentences.map((sentence) => {
          const row = new Int32Array(mostWords);
          row.set(this.#tokenizer.encode(wordsOf(sentence).slice(0, mostWords).join(" ")));
          return row;
        }),
      ),
      measures: articles.map((article) => this.#scaler.transform(measuresOf(article, this.settings.counts))),
    };
  }
}

export const lengths = { words: "lengths", measures: "measureLengths" } as const;

/** Logits of the sentences of each article. */
export async function scoresOf(device: Device, model: Summariser, articles: readonly Article[]): Promise<number[][]> {
  const program = await compile(device, model, { inputs, sizes, fn: (given) => model.forward(given) });
  const batches = new Batches(model.fieldsOf(articles), { batchSize: model.settings.batch, lengths });
  const scores: number[][] = [];
  for (const batch of batches) {
    const logits = await (await program.run(batch)).read();
    const longest = logits.length / batch.lengths.length;
    for (const [row, length] of Array.from(batch.lengths, Number).entries()) {
      scores.push(Array.from(logits.slice(row * longest, row * longest + length), Number));
    }
  }
  program.dispose();
  return scores;
}
