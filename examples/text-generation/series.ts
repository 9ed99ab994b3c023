/** Running mean that follows a noisy series; each point weighs 1/window, the beginning is not pulled towards zero. */
export function smooth(values: readonly number[], window = Math.max(1, values.length / 25)): number[] {
  const keep = 1 - 1 / window;
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    sum = sum * keep + value;
    weight = weight * keep + 1;
    return sum / weight;
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

/** Round numbers (1, 2 or 5 times a power of ten apart) that lie in [low, high], about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}
