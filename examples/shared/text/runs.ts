/** Runs of neighbouring words or characters, and how much each speaks for a class: naive Bayes inside a model (Wang and Manning 2012). */
import { float32, int32, mul, nn, reshape, sum, type Value } from "seqgrad";
import { characterMarks, wordsOf } from "../../baselines/naive-bayes.ts";
import type { LabelledTexts } from "./labelled.ts";

/** What texts are read in. */
export type Unit = "characters" | "words";

/** Units of the longest runs, the runs that a text is judged by at most, and how often a run must occur to be known. */
const limits = {
  characters: { longest: 4, most: 100 },
  words: { longest: 2, most: 600 },
} as const;
const least = 2;

/** Plain data, to be saved with a model. */
export interface RunsJson {
  readonly unit: Unit;
  readonly runs: readonly string[];
}

/** The runs that are known, and a number for each. */
export class Runs {
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(readonly json: RunsJson) {
    // 0 is no run
    this.#numbers = new Map(json.runs.map((run, i) => [run, i + 1]));
  }

  /** Those of some texts that occur at least twice. */
  static of(texts: readonly string[], unit: Unit): Runs {
    const counts = new Map<string, number>();
    for (const text of texts) for (const run of runsOf(text, unit)) counts.set(run, (counts.get(run) ?? 0) + 1);
    return new Runs({ unit, runs: [...counts].filter(([, count]) => count >= least).map(([run]) => run) });
  }

  get size(): number {
    return this.json.runs.length + 1;
  }

  /** Numbers of a text's known runs. */
  numbersOf(text: string): number[] {
    const numbers = runsOf(text, this.json.unit).map((run) => this.#numbers.get(run) ?? 0);
    return numbers.filter(Boolean).slice(0, limits[this.json.unit].most);
  }

  /** Fields of a batch: the runs of each text, 0 behind them, and a number that makes texts of many and of few runs alike. */
  fieldsOf(texts: readonly string[]): { readonly runs: Int32Array; readonly scale: Float32Array } {
    const { most } = limits[this.json.unit];
    const rows = texts.map((text) => this.numbersOf(text));
    const runs = Object.assign(new Int32Array(texts.length * most), { shape: [texts.length, most] });
    for (const [i, row] of rows.entries()) runs.set(row, i * most);
    return { runs, scale: Float32Array.from(rows, ({ length }) => 3 / Math.sqrt(Math.max(1, length))) };
  }

  /** What a program is given of them. */
  inputs() {
    return { runs: int32(["batch", limits[this.json.unit].most]), scale: float32(["batch"]) };
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
export function runsOf(text: string, unit: Unit): string[] {
  const units = unit === "words" ? wordsOf(text) : characterMarks(text);
  const runs = new Set<string>();
  for (let length = 1; length <= limits[unit].longest; length++) {
    for (let i = 0; i + length <= units.length; i++) {
      runs.add(units.slice(i, i + length).join(unit === "words" ? " " : ""));
    }
  }
  return [...runs];
}

/** The sum of what a text's runs speak for each class. How much each run is trusted is learned, beginning with as much for all. */
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

  /** int32 [batch, runs], float32 [batch] → [batch, classes] */
  forward(runs: Value, scale: Value): Value {
    const spoken = sum(mul(this.evidence.forward(runs), this.trust.forward(runs)), 1);
    return mul(spoken, reshape(scale, [scale.shape[0] as number, 1]));
  }
}
