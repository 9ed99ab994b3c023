// Test plans that hold every pair of choices.
import { generator } from "../reference/array.ts";

export type Factors = Readonly<Record<string, readonly unknown[]>>;
export type Choice<F extends Factors> = { readonly [K in keyof F]: F[K][number] };

/**
 * Rows in which every two factors take every two of their values together at least once (all-pairs testing). Each row is
 * the best of some random ones, so a seed always gives the same rows.
 */
export function pairwise<F extends Factors>(factors: F, seed: number): Choice<F>[] {
  const names = Object.keys(factors);
  const counts = names.map((name) => (factors[name] as readonly unknown[]).length);
  const random = generator(seed);
  const open = new Set<string>();
  const pairsOf = (row: readonly number[]) =>
    row.flatMap((a, i) => row.slice(i + 1).map((b, j) => `${i}:${a},${i + 1 + j}:${b}`));
  counts.forEach((count, i) => {
    for (let j = i + 1; j < counts.length; j++) {
      for (let a = 0; a < count; a++) {
        for (let b = 0; b < (counts[j] as number); b++) open.add(`${i}:${a},${j}:${b}`);
      }
    }
  });
  const rows: Choice<F>[] = [];
  while (open.size > 0) {
    let [best, gain]: [number[], number] = [[], -1];
    // every row starts from a pair that is still open, so each one helps
    const start = [...(open.values().next().value as string).matchAll(/(\d+):(\d+)/g)];
    for (let attempt = 0; attempt < 60; attempt++) {
      const row = counts.map((count) => Math.floor(random() * count));
      for (const [, factor, value] of start) row[Number(factor)] = Number(value);
      const found = pairsOf(row).filter((pair) => open.has(pair)).length;
      if (found > gain) [best, gain] = [row, found];
    }
    for (const pair of pairsOf(best)) open.delete(pair);
    rows.push(
      Object.fromEntries(
        names.map((name, i) => [name, (factors[name] as readonly unknown[])[best[i] as number]]),
      ) as Choice<F>,
    );
  }
  return rows;
}
