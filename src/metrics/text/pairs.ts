import { DataError } from "../../errors.ts";
import { numberWithin, show } from "../../options.ts";

/** Length of the longest runs that count. */
export const orderKind = numberWithin(
  "an integer from 1 to 64",
  (value) => Number.isInteger(value) && value >= 1 && value <= 64,
);

/** What a text should be: one, or several that are equally right. */
export type References = readonly (string | readonly string[])[];

/** A text and what it should be. */
export interface Pair {
  readonly text: string;
  /** At least one. */
  readonly references: readonly string[];
}

/** Throws DataError unless there is a reference, or a list of them, for each text. */
export function pairsOf(where: string, texts: readonly string[], references: References): Pair[] {
  for (const [name, list] of Object.entries({ texts, references })) {
    if (!Array.isArray(list)) throw new DataError(`${where}: ${name} is ${show(list)}, expected an array`);
  }
  if (texts.length !== references.length || texts.length === 0) {
    throw new DataError(
      `${where}: got ${texts.length} texts and ${references.length} references, expected as many, and at least one; several references of one text are an array inside the array`,
    );
  }
  return Array.from(texts, (text, i) => {
    const given = references[i];
    const own: unknown = typeof given === "string" ? [given] : given;
    if (typeof text !== "string") throw new DataError(`${where}: text ${i} is ${show(text)}, expected a string`);
    if (!Array.isArray(own) || own.length === 0 || !own.every((each) => typeof each === "string")) {
      throw new DataError(`${where}: reference ${i} is ${show(given)}, expected a string or an array of strings`);
    }
    return { text, references: own };
  });
}

/** How often each run of `order` items occurs, joined by `separator`. */
export function countRuns(items: readonly string[], order: number, separator: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + order <= items.length; start++) {
    const run = items.slice(start, start + order).join(separator);
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}

/** How many runs two lists share, each as often as in both. */
export function countShared(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let shared = 0;
  for (const [run, count] of a) shared += Math.min(count, b.get(run) ?? 0);
  return shared;
}

export const total = (counts: ReadonlyMap<string, number>): number => {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
};

/** Words between white space. */
export const words = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== "");
