import { seededRandom } from "seqgrad";

/** Noisy sequences of ten numbers that rise (label 1) or fall (label 0). */
export function risingOrFalling(count: number, seed: number): { x: number[][][]; label: number[] } {
  const random = seededRandom(seed);
  const label = Array.from({ length: count }, () => (random() < 0.5 ? 0 : 1));
  const x = label.map((each) =>
    Array.from({ length: 10 }, (_, t) => [(each ? 1 : -1) * 0.1 * (t - 4.5) + 0.6 * (random() - 0.5)]),
  );
  return { x, label };
}
