import { DataError } from "../../errors.ts";
import { editDistance } from "../../options.ts";
import { pairsOf, words } from "./pairs.ts";

/**
 * Characters (code points) to insert, delete or replace in all texts together, for each character of the references: 0 where
 * all are right, above 1 where more is wrong than there should be. Throws DataError where there are not as many texts as
 * references, or the references are empty.
 */
export const characterErrorRate = (texts: readonly string[], references: readonly string[]): number =>
  errorRate("metrics.characterErrorRate", texts, references, (text) => [...text]);

/** The same with words, which white space parts. */
export const wordErrorRate = (texts: readonly string[], references: readonly string[]): number =>
  errorRate("metrics.wordErrorRate", texts, references, words);

function errorRate(
  where: string,
  texts: readonly string[],
  references: readonly string[],
  itemsOf: (text: string) => string[],
): number {
  let [errors, items] = [0, 0];
  for (const { text, references: right } of pairsOf(where, texts, references)) {
    if (right.length > 1) throw new DataError(`${where}: a text has ${right.length} references, expected one`);
    const reference = itemsOf(right[0] as string);
    errors += editDistance(itemsOf(text), reference);
    items += reference.length;
  }
  if (items === 0) throw new DataError(`${where}: the references are empty, expected something to be right or wrong`);
  return errors / items;
}
