/** Runs of neighbouring words or characters, and how much each speaks for a class: naive Bayes inside a model (Wang and Manning 2012). */
import { float32, int32, mul, nn, reshape, sum, type Value } from "seqgrad";
import { characterMarks, wordsOf } from "../../baselines/naive-bayes.ts";
import type { LabelledTexts } from "./labelled.ts";

/** Which runs: of whole texts' characters or words, or of characters inside of words; how long, and how many of a text at most. */
export interface RunForm {
  readonly of: "characters" | "words" | "insides";
  readonly shortest: number;
  readonly longest: number;
  readonly most: number;
}

/** Plain data, to be saved with a model. */
export interface RunsJson {
  readonly form: RunForm;
  readonly runs: readonly string[];
  /** Of each run, how few texts have it: its inverse document frequency. */
  readonly rarity: readonly number[];
}

/** What occurs once tells nothing that another text could use. */
const least = 2;

/** The runs that are known, and a number for each. */
export class Runs {
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(readonly json: RunsJson) {
    // 0 is no run
    this.#numbers = new Map(json.runs.map((run, i) => [run, i + 1]));
  }

  /** Those of some texts. */
  static of(texts: readonly string[], form: RunForm): Runs {
    const counts = new Map<string, number>();
    for (const text of texts) for (const [run] of runsOf(text, form)) counts.set(run, (counts.get(run) ?? 0) + 1);
    const known = [...counts].filter(([, count]) => count >= least);
    const rarity = known.map(([, count]) => Number((1 + Math.log((1 + texts.length) / (1 + count))).toPrecision(5)));
    return new Runs({ form, runs: known.map(([run]) => run), rarity });
  }

  get size(): number {
    return this.json.runs.length + 1;
  }

  /** 0 where it is not known. */
  numberOf(run: string): number {
    return this.#numbers.get(run) ?? 0;
  }

  /** Numbers of a text's known runs, and how often each is found. */
  numbersOf(text: string): (readonly [number: number, count: number])[] {
    const { form } = this.json;
    const numbers = [...runsOf(text, form)].map(([run, count]) => [this.numberOf(run), count] as const);
    return numbers.filter(([number]) => number > 0).slice(0, form.most);
  }

  /**
   * Two fields of a batch: the runs of each text, 0 behind them, and how much each of them counts, tf-idf with the logarithm of
   * the count, a vector of length 1 for each text (Manning, Raghavan and Schütze 2008, section 6.4).
   */
  fieldsOf(texts: readonly string[]) {
    const { form, rarity } = this.json;
    const shape = [texts.length, form.most] as const;
    const numbers = Object.assign(new Int32Array(texts.length * form.most), { shape });
    const weights = Object.assign(new Float32Array(texts.length * form.most), { shape });
    for (const [i, text] of texts.entries()) {
      const found = this.numbersOf(text);
      const own = found.map(([number, count]) => (1 + Math.log(count)) * (rarity[number - 1] as number));
      const length = Math.hypot(...own);
      for (const [at, [number]] of found.entries()) {
        numbers[i * form.most + at] = number;
        weights[i * form.most + at] = (own[at] as number) / length;
      }
    }
    return { numbers, weights };
  }

  /** What a program is given of them. */
  get inputs() {
    const shape = ["batch", this.json.form.most] as const;
    return { numbers: int32(shape), weights: float32(shape) };
  }

  /** In how many texts of each class each run is, [runs, classes]. A text of several classes counts in equal parts for each. */
  counts({ texts, labels }: LabelledTexts, classes: readonly string[]): number[][] {
    const counts = Array.from({ length: this.size }, () => classes.map(() => 0));
    for (const [i, text] of texts.entries()) {
      const own = labels[i] as readonly string[];
      const places = own.map((label) => classes.indexOf(label));
      for (const [number] of this.numbersOf(text)) {
        const row = counts[number] as number[];
        for (const at of places) row[at] = (row[at] as number) + 1 / own.length;
      }
    }
    return counts;
  }
}

/** What runs speak for: log p(run | class) − its mean over the classes, from the counts of a run in each class. */
export function speaker(counts: readonly (readonly number[])[]): (row: readonly number[]) => number[] {
  const classes = [...(counts[0] as readonly number[]).keys()];
  const totals = classes.map((at) => counts.reduce((sum, row) => sum + (row[at] as number), 0));
  return (row) => {
    const logs = row.map((count, at) => Math.log((count + 1) / ((totals[at] as number) + counts.length)));
    const mean = logs.reduce((sum, each) => sum + each, 0) / logs.length;
    return logs.map((each) => each - mean);
  };
}

/** Of all runs, [runs, classes]; the first is no run. */
export function evidenceOf(counts: readonly (readonly number[])[]): number[][] {
  const speak = speaker(counts);
  return counts.map((row, number) => (number === 0 ? row.map(() => 0) : speak(row)));
}

/** Runs of a text, and how often each is found. */
export function runsOf(text: string, { of, shortest, longest }: RunForm): Map<string, number> {
  const sequences = {
    characters: () => [characterMarks(text)],
    words: () => [wordsOf(text)],
    insides: () => wordsOf(text).map((word) => [" ", ...word, " "]),
  }[of]();
  const runs = new Map<string, number>();
  for (const units of sequences) {
    for (let length = shortest; length <= longest; length++) {
      for (let i = 0; i + length <= units.length; i++) {
        const run = units.slice(i, i + length).join(of === "words" ? " " : "");
        runs.set(run, (runs.get(run) ?? 0) + 1);
      }
    }
  }
  return runs;
}

/** How much the scores move while trust is learned: Adam changes it by as much, whatever it is multiplied by. */
const loudness = 3;

/** What a text's runs speak for each class, added up. How much each run is trusted is learned, beginning with as much for all. */
export class RunScores extends nn.Module {
  readonly evidence: nn.Embedding;
  readonly trust: nn.Embedding;

  /** @param evidence [runs, classes]; undefined where weights are loaded */
  constructor(runs: number, classes: number, evidence?: number[][]) {
    super();
    this.evidence = new nn.Embedding(runs, classes, evidence ? { weights: evidence } : {});
    this.evidence.weight.trainable = false;
    this.trust = new nn.Embedding(runs, classes, { initializer: nn.initializers.constant(0.1) });
  }

  /** int32 and float32 [batch, runs] → [batch, classes]. */
  forward({ numbers, weights }: Record<"numbers" | "weights", Value>): Value {
    const spoken = mul(this.evidence.forward(numbers), this.trust.forward(numbers));
    const counts = reshape(weights, [...(weights.shape as [number, number]), 1]);
    return mul(sum(mul(spoken, counts), 1), loudness);
  }
}
