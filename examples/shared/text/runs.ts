/** Runs of neighbouring words or characters, and how much each speaks for a class: naive Bayes inside a model (Wang and Manning 2012). */
import { cast, div, greater, int32, maximum, mul, nn, sqrt, sum, type Value } from "seqgrad";
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
    for (const text of texts) for (const run of runsOf(text, form)) counts.set(run, (counts.get(run) ?? 0) + 1);
    return new Runs({ form, runs: [...counts].filter(([, count]) => count >= least).map(([run]) => run) });
  }

  get size(): number {
    return this.json.runs.length + 1;
  }

  /** 0 where it is not known. */
  numberOf(run: string): number {
    return this.#numbers.get(run) ?? 0;
  }

  /** Numbers of a text's known runs. */
  numbersOf(text: string): number[] {
    const { form } = this.json;
    const numbers = runsOf(text, form).map((run) => this.numberOf(run));
    return numbers.filter(Boolean).slice(0, form.most);
  }

  /** A field of a batch: the runs of each text, 0 behind them. */
  fieldOf(texts: readonly string[]): Int32Array & { readonly shape: readonly number[] } {
    const { most } = this.json.form;
    const numbers = Object.assign(new Int32Array(texts.length * most), { shape: [texts.length, most] });
    for (const [i, text] of texts.entries()) numbers.set(this.numbersOf(text), i * most);
    return numbers;
  }

  /** What a program is given of them. */
  get input() {
    return int32(["batch", this.json.form.most]);
  }

  /** For each run log p(run | class) − its mean over the classes, [runs, classes]. A text of several classes counts in parts. */
  evidence({ texts, labels }: LabelledTexts, classes: readonly string[]): number[][] {
    const counts = Array.from({ length: this.size }, () => classes.map(() => 0));
    for (const [i, text] of texts.entries()) {
      const own = labels[i] as readonly string[];
      const places = own.map((label) => classes.indexOf(label));
      for (const number of this.numbersOf(text)) {
        const row = counts[number] as number[];
        for (const at of places) row[at] = (row[at] as number) + 1 / own.length;
      }
    }
    const totals = classes.map((_, at) => counts.reduce((sum, row) => sum + (row[at] as number), 0));
    return counts.map((row, number) => {
      if (number === 0) return classes.map(() => 0);
      const logs = row.map((count, at) => Math.log((count + 1) / ((totals[at] as number) + this.size)));
      const mean = logs.reduce((sum, each) => sum + each, 0) / logs.length;
      return logs.map((each) => each - mean);
    });
  }
}

/** Runs of a text, each once. */
export function runsOf(text: string, { of, shortest, longest }: RunForm): string[] {
  const sequences = {
    characters: () => [characterMarks(text)],
    words: () => [wordsOf(text)],
    insides: () => wordsOf(text).map((word) => [" ", ...word, " "]),
  }[of]();
  const runs = new Set<string>();
  for (const units of sequences) {
    for (let length = shortest; length <= longest; length++) {
      for (let i = 0; i + length <= units.length; i++) {
        runs.add(units.slice(i, i + length).join(of === "words" ? " " : ""));
      }
    }
  }
  return [...runs];
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

  /** int32 [batch, runs] → [batch, classes]. Texts of many runs and of few speak as loud. */
  forward(runs: Value): Value {
    const spoken = sum(mul(this.evidence.forward(runs), this.trust.forward(runs)), 1);
    const count = sum(cast(greater(runs, 0), "float32"), 1, { keepDims: true });
    return mul(spoken, div(loudness, sqrt(maximum(count, 1))));
  }
}
