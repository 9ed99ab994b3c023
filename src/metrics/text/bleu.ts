import { checkOptions, flag, type KindsOf, oneOf } from "../../options.ts";
import { countRuns, countShared, orderKind, pairsOf, type References, words } from "./pairs.ts";

/** Options of `bleu`. */
export interface BleuOptions {
  /**
   * How texts become tokens. `"13a"` (default): as the evaluation of WMT, which parts words from punctuation; `"words"`: at white
   * space; `"characters"`: every code point but white space.
   */
  readonly tokenize?: "13a" | "words" | "characters";
  /** Longest run of tokens that counts; 4, at most 64. */
  readonly maxOrder?: number;
  /** Whether capitals count as small letters; false. */
  readonly lower?: boolean;
  /**
   * What a precision without a match counts as. `"exp"` (default): half as much as the one before, from 100 / (2 · runs) on
   * (Chen and Cherry 2014, method 3); `"none"`: 0.
   */
  readonly smoothing?: "exp" | "none";
}

/** What `bleu` gives. */
export interface Bleu {
  /** From 0 to 100. */
  readonly score: number;
  /** In percent, of runs of 1, 2, … tokens. */
  readonly precisions: readonly number[];
  /** Factor for texts that are shorter than their references, e^(1 − referenceLength / length); 1 for all others. */
  readonly brevityPenalty: number;
  /** Tokens of all texts. */
  readonly length: number;
  /** Tokens of the references that are nearest in length. */
  readonly referenceLength: number;
}

const kinds: KindsOf<BleuOptions> = {
  tokenize: oneOf("13a", "words", "characters"),
  maxOrder: orderKind,
  lower: flag,
  smoothing: oneOf("exp", "none"),
};

/**
 * BLEU of a corpus (Papineni et al. 2002), equal to sacreBLEU's: `texts[i]` beside its reference or references. Throws
 * DataError where there are not as many of both.
 */
export function bleu(texts: readonly string[], references: References, options: BleuOptions = {}): Bleu {
  checkOptions("metrics.bleu", options, kinds);
  const { tokenize = "13a", maxOrder = 4, lower = false, smoothing = "exp" } = options;
  const pairs = pairsOf("metrics.bleu", texts, references);
  const tokensOf = (text: string) => tokenizers[tokenize](lower ? text.toLowerCase() : text);
  const found = new Array<number>(maxOrder).fill(0);
  const all = new Array<number>(maxOrder).fill(0);
  let [length, referenceLength] = [0, 0];
  for (const pair of pairs) {
    const tokens = tokensOf(pair.text);
    const right = pair.references.map(tokensOf);
    length += tokens.length;
    referenceLength += nearest(tokens.length, right);
    for (let order = 1; order <= maxOrder; order++) {
      all[order - 1] = (all[order - 1] as number) + Math.max(0, tokens.length - order + 1);
      const counts = countRuns(tokens, order, "\u0000");
      found[order - 1] = (found[order - 1] as number) + countShared(counts, most(right, order));
    }
  }
  const isRight = found.some((each) => each > 0);
  const precisions = isRight ? precisionsOf(found, all, smoothing) : found;
  const brevityPenalty = brevity(length, referenceLength);
  const logarithm = precisions.reduce((sum, each) => sum + Math.log(each), 0) / maxOrder;
  const score = isRight ? brevityPenalty * Math.exp(logarithm) : 0;
  return { score, precisions, brevityPenalty, length, referenceLength };
}

/** The length of the reference that is nearest to it, of two the shorter one. */
function nearest(length: number, references: readonly (readonly string[])[]): number {
  const lengths = references.map((tokens) => tokens.length).sort((a, b) => a - b);
  return lengths.reduce((best, each) => (Math.abs(each - length) < Math.abs(best - length) ? each : best));
}

/** Of each run, how often it occurs in the reference that has it most. */
function most(references: readonly (readonly string[])[], order: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const tokens of references) {
    for (const [run, times] of countRuns(tokens, order, "\u0000"))
      counts.set(run, Math.max(times, counts.get(run) ?? 0));
  }
  return counts;
}

function precisionsOf(found: readonly number[], all: readonly number[], smoothing: "exp" | "none"): number[] {
  let divisor = 1;
  // texts that are too short for the longest runs have none
  const end = all.indexOf(0);
  return all.map((runs, i) => {
    if (end >= 0 && i >= end) return 0;
    if (found[i] !== 0) return (100 * (found[i] as number)) / runs;
    if (smoothing === "none") return 0;
    divisor *= 2;
    return 100 / (divisor * runs);
  });
}

const brevity = (length: number, referenceLength: number): number => {
  if (length >= referenceLength) return 1;
  return length === 0 ? 0 : Math.exp(1 - referenceLength / length);
};

const tokenizers: Readonly<Record<NonNullable<BleuOptions["tokenize"]>, (text: string) => string[]>> = {
  "13a": tokenize13a,
  words,
  characters: (text) => [...text].filter((each) => each.trim() !== ""),
};

/** As the script mteval-v13a of the NIST has it. */
function tokenize13a(text: string): string[] {
  const plain = text
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return words(
    ` ${plain} `
      // ASCII's punctuation, but for ' , - .
      .replace(/[!-&(-+/:-@[-`{-~]/g, " $& ")
      // points and commas that are not inside a number, and a dash behind one
      .replace(/([^0-9])([.,])/g, "$1 $2 ")
      .replace(/([.,])([^0-9])/g, " $1 $2")
      .replace(/([0-9])(-)/g, "$1 $2 "),
  );
}
