/**
 * Each value's mean with the `radius` values on either side, fewer where there are not as many: at the beginning equally
 * few on both sides, so that a steep start is not levelled.
 */
export function smooth(values: readonly number[], radius = Math.round(values.length / 40)): number[] {
  const sums = [0];
  for (const value of values) sums.push((sums.at(-1) ?? 0) + value);
  return values.map((_, i) => {
    const reach = Math.min(radius, i);
    const [from, to] = [i - reach, Math.min(values.length, i + reach + 1)];
    return ((sums[to] ?? 0) - (sums[from] ?? 0)) / (to - from);
  });
}

/** At most `count` values: means of equal stretches. `at` is the middle index of each stretch. */
export function bin(values: readonly number[], count: number): { at: number; value: number }[] {
  const bins = Math.min(count, values.length);
  return Array.from({ length: bins }, (_, i) => {
    const from = Math.floor((i * values.length) / bins);
    const to = Math.floor(((i + 1) * values.length) / bins);
    const stretch = values.slice(from, to);
    return { at: (from + to - 1) / 2, value: stretch.reduce((sum, value) => sum + value, 0) / stretch.length };
  });
}
