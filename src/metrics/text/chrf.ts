import { checkOptions, either, flag, type KindsOf, oneOf, positive } from "../../options.ts";
import { countRuns, countShared, orderKind, pairsOf, type References, total, words } from "./pairs.ts";

/** Options of `chrf`. */
export interface ChrfOptions {
  /** Longest run of characters that counts; 6. */
  readonly characterOrder?: number;
  /** Longest run of words that counts; 0, and 2 for chrF++ (Popović 2017). */
  readonly wordOrder?: number;
  /** How much more recall weighs than precision; 2. */
  readonly beta?: number;
  /** Whether capitals count as small letters; false. */
  readonly lower?: boolean;
}

const kinds: KindsOf<ChrfOptions> = {
  characterOrder: orderKind,
  wordOrder: either(orderKind, oneOf(0)),
  beta: positive,
  lower: flag,
};

/** Of one length of runs: how many the text has, the reference has, and both have. */
type Runs = readonly [text: number, reference: number, shared: number];

/**
 * chrF of a corpus (Popović 2015), from 0 to 100, equal to sacreBLEU's: runs of characters without white space. Of several
 * references the one that fits best counts. Throws DataError where there are not as many texts as references.
 */
export function chrf(texts: readonly string[], references: References, options: ChrfOptions = {}): number {
  checkOptions("metrics.chrf", options, kinds);
  const { characterOrder = 6, wordOrder = 0, beta = 2, lower = false } = options;
  const pairs = pairsOf("metrics.chrf", texts, references);
  const runsOf = (text: string) => {
    const given = lower ? text.toLowerCase() : text;
    const characters = [...given.replace(/\s+/gu, "")];
    const parts = words(given).flatMap(partPunctuation);
    return [
      ...Array.from({ length: characterOrder }, (_, i) => countRuns(characters, i + 1, "")),
      ...Array.from({ length: wordOrder }, (_, i) => countRuns(parts, i + 1, " ")),
    ];
  };
  let sums: Runs[] = Array.from({ length: characterOrder + wordOrder }, () => [0, 0, 0]);
  for (const pair of pairs) {
    const own = runsOf(pair.text);
    const candidates = pair.references.map((reference) =>
      runsOf(reference).map((runs, i): Runs => {
        const counts = own[i] as Map<string, number>;
        // a text that is too short has no runs to be right or wrong
        return [runs.size > 0 ? total(counts) : 0, total(runs), countShared(counts, runs)];
      }),
    );
    const scores = candidates.map((runs) => scoreOf(runs, beta));
    const best = candidates[scores.indexOf(Math.max(...scores))] as Runs[];
    sums = sums.map((sum, i) => best[i]?.map((count, k) => count + (sum[k] as number)) as unknown as Runs);
  }
  return scoreOf(sums, beta);
}

/** Precision and recall are means over all lengths that both sides have. */
function scoreOf(runs: readonly Runs[], beta: number): number {
  const counted = runs.filter(([text, reference]) => text > 0 && reference > 0);
  if (counted.length === 0) return 0;
  const meanOf = (share: (runs: Runs) => number) =>
    counted.reduce((sum, each) => sum + share(each), 0) / counted.length;
  const precision = meanOf(([text, , shared]) => shared / text);
  const recall = meanOf(([, reference, shared]) => shared / reference);
  if (precision + recall === 0) return 0;
  return (100 * (1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
}

const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** A word and the mark at its end, or else at its beginning. */
function partPunctuation(word: string): string[] {
  if (word.length === 1) return [word];
  if (PUNCTUATION.test(word.slice(-1))) return [word.slice(0, -1), word.slice(-1)];
  if (PUNCTUATION.test(word.slice(0, 1))) return [word.slice(0, 1), word.slice(1)];
  return [word];
}
