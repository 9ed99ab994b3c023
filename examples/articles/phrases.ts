import { seededRandom } from "seqgrad";

/** Four digits as tokens 1 to 10, and the same reversed, each up by one (10 becomes 1). Token 0 starts a translation. */
export function phrases(count: number, seed: number): { source: number[][]; target: number[][] } {
  const random = seededRandom(seed);
  const source = Array.from({ length: count }, () => Array.from({ length: 4 }, () => 1 + Math.floor(random() * 10)));
  const target = source.map((digits) => digits.map((digit) => (digit % 10) + 1).reverse());
  return { source, target };
}
