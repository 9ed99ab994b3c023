/** What each word of a text speaks for by the counts of naive Bayes: as it is, with the words before it, and by its insides. */
import { wordsOf } from "../baselines/naive-bayes.ts";
import type { LabelledTexts } from "../shared/text/labelled.ts";
import { type RunForm, Runs, type RunsJson, speaker } from "../shared/text/runs.ts";

/** Plain data, to be saved with a model. */
export interface HintsJson {
  readonly classes: readonly string[];
  /** Runs of words and of characters within words, with their counts in each class. */
  readonly kinds: readonly { readonly runs: RunsJson; readonly counts: readonly (readonly number[])[] }[];
  /** Standard deviations over the training texts: of each channel at a word, and summed over a text. */
  readonly scale: { readonly word: readonly number[]; readonly text: readonly number[] };
}

/** Of a text: for each word a number for each channel and class, and the same summed over all words. */
interface Heard {
  readonly words: Float32Array[];
  readonly text: Float32Array;
}

/** Runs of one kind and length. */
interface Channel {
  readonly form: RunForm;
  readonly length: number;
  /** Numbers for the classes, by a run; a text whose classes are given does not count for itself. */
  readonly speak: (run: string, own: readonly number[]) => number[] | undefined;
}

export class Hints {
  readonly #channels: readonly Channel[];

  private constructor(readonly json: HintsJson) {
    this.#channels = json.kinds.flatMap(channelsOf);
  }

  static fromJSON(json: HintsJson): Hints {
    return new Hints(json);
  }

  /** Counts the runs of labelled texts, of which at most `words` words are read. */
  static fit(trained: LabelledTexts, runs: readonly Runs[], classes: readonly string[], words: number): Hints {
    const kinds = runs.map((each) => ({ runs: each.json, counts: each.counts(trained, classes) }));
    const ones = kinds.flatMap(channelsOf).map(() => 1);
    const plain = new Hints({ classes, kinds, scale: { word: ones, text: ones } });
    const { hints, sums } = plain.fieldsOf(trained.texts, words, trained.labels);
    // 0 in the mean of the classes: what is measured is how far they are apart
    const deviations = (rows: readonly Float32Array[]) =>
      ones.map((_, channel) => {
        const squares = rows.reduce((sum, row) => sum + (row[channel * classes.length] as number) ** 2, 0);
        return Number((Math.sqrt(squares / rows.length) + 1e-3).toPrecision(6));
      });
    return new Hints({ classes, kinds, scale: { word: deviations(hints.flat()), text: deviations(sums) } });
  }

  /** How many channels there are. */
  get channels(): number {
    return this.#channels.length;
  }

  /**
   * Fields of a batch, [words, channels · classes] and [channels · classes] for each text. `labels` are those of texts that were
   * counted: such a text does not count for itself, or the net would trust what is rare as if it had always seen the answer.
   */
  fieldsOf(texts: readonly string[], words: number, labels?: LabelledTexts["labels"]) {
    const heard = texts.map((text, i) => this.#hear(wordsOf(text).slice(0, words), labels?.[i] ?? []));
    return { hints: heard.map((each) => each.words), sums: heard.map(({ text }) => text) };
  }

  #hear(read: readonly string[], labels: readonly string[]): Heard {
    const { classes, scale } = this.json;
    const own = classes.map((name) => (labels.includes(name) ? 1 / labels.length : 0));
    const width = this.channels * classes.length;
    const words = read.map(() => new Float32Array(width));
    const text = new Float32Array(width);
    for (const [channel, { form, length, speak }] of this.#channels.entries()) {
      for (const [t, row] of words.entries()) {
        for (const run of runsAt(read, t, form, length)) {
          for (const [at, value] of (speak(run, own) ?? []).entries()) {
            const place = channel * classes.length + at;
            row[place] = (row[place] as number) + value / (scale.word[channel] as number);
            text[place] = (text[place] as number) + value / (scale.text[channel] as number);
          }
        }
      }
    }
    return { words, text };
  }
}

function channelsOf({ runs: json, counts }: HintsJson["kinds"][number]): Channel[] {
  const [runs, speak] = [new Runs(json), speaker(counts)];
  const { form } = json;
  return Array.from({ length: form.longest - form.shortest + 1 }, (_, i) => ({
    form,
    length: form.shortest + i,
    speak: (run, own) => {
      const number = runs.numberOf(run);
      // not below 0: of a long text not all runs were counted
      const others = counts[number]?.map((count, at) => Math.max(0, count - (own[at] as number))) ?? [];
      return number > 0 && others.some((count) => count > 1e-9) ? speak(others) : undefined;
    },
  }));
}

/** The run of words that ends at a place, or runs of that word's characters, a blank at either end. */
function runsAt(words: readonly string[], end: number, { of }: RunForm, length: number): string[] {
  if (of === "words") return end + 1 < length ? [] : [words.slice(end + 1 - length, end + 1).join(" ")];
  const units = [" ", ...(words[end] as string), " "];
  return Array.from({ length: Math.max(0, units.length - length + 1) }, (_, i) => units.slice(i, i + length).join(""));
}
