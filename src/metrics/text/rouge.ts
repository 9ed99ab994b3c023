import { checkOptions, either, type KindsOf, oneOf } from "../../options.ts";
import { countRuns, countShared, orderKind, pairsOf, type References } from "./pairs.ts";

/** Options of `rouge`. */
export interface RougeOptions {
  /** Length of the runs of words that are compared; `"L"` (default): the longest common subsequence. */
  readonly order?: number | "L";
}

/** Means over all texts, from 0 to 1. */
export interface Rouge {
  /** Share of what the texts say that the references have. */
  readonly precision: number;
  /** Share of what the references say that the texts have. */
  readonly recall: number;
  /** Harmonic mean of precision and recall. */
  readonly f1: number;
}

const kinds: KindsOf<RougeOptions> = { order: either(orderKind, oneOf("L")) };

/**
 * ROUGE-N or ROUGE-L (Lin 2004), as Google's rouge_score without stemming: words are runs of letters a to z and digits,
 * capitals count as small letters. Of several references the one with the highest F1 counts. Throws DataError where there
 * are not as many texts as references.
 */
export function rouge(texts: readonly string[], references: References, options: RougeOptions = {}): Rouge {
  checkOptions("metrics.rouge", options, kinds);
  const { order = "L" } = options;
  const pairs = pairsOf("metrics.rouge", texts, references);
  const sum = { precision: 0, recall: 0, f1: 0 };
  for (const { text, references } of pairs) {
    const own = wordsOf(text);
    const found = references.map((reference) => scoreOf(own, wordsOf(reference), order));
    const best = found.reduce((a, b) => (b.f1 > a.f1 ? b : a));
    sum.precision += best.precision;
    sum.recall += best.recall;
    sum.f1 += best.f1;
  }
  const n = pairs.length;
  return { precision: sum.precision / n, recall: sum.recall / n, f1: sum.f1 / n };
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

function scoreOf(text: readonly string[], reference: readonly string[], order: number | "L"): Rouge {
  const [own, right] = [text, reference].map((words) =>
    order === "L" ? words.length : Math.max(0, words.length - order + 1),
  );
  const shared = order === "L" ? longestCommon(text, reference) : sharedRuns(text, reference, order);
  const precision = own ? shared / own : 0;
  const recall = right ? shared / right : 0;
  return { precision, recall, f1: shared ? (2 * precision * recall) / (precision + recall) : 0 };
}

const sharedRuns = (a: readonly string[], b: readonly string[], order: number): number =>
  countShared(countRuns(a, order, " "), countRuns(b, order, " "));

/** Length of the longest common subsequence. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const item of a) {
    const next = [0];
    for (const [j, other] of b.entries()) {
      next.push(item === other ? (row[j] as number) + 1 : Math.max(row[j + 1] as number, next[j] as number));
    }
    row = next;
  }
  return row[b.length] as number;
}
