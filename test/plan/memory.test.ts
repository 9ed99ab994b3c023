import { describe, expect, test } from "vitest";
import { assignMemory, type Lifetime } from "../../src/plan/memory.ts";
import { generator } from "../reference/array.ts";

function randomLifetimes(seed: number): Lifetime[] {
  const random = generator(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  return Array.from({ length: 1 + below(60) }, () => {
    const first = below(100);
    return { elements: 4 * (1 + below(1000)), first, last: first + below(20) };
  });
}

const overlap = (a: Lifetime, b: Lifetime): boolean => a.first <= b.last && b.first <= a.last;

/** Most elements alive at one time: no plan can do with less. */
const peak = (lifetimes: readonly Lifetime[]): number =>
  Math.max(
    ...Array.from({ length: 130 }, (_, time) =>
      lifetimes
        .filter(({ first, last }) => first <= time && time <= last)
        .reduce((sum, each) => sum + each.elements, 0),
    ),
  );

describe("assignMemory", () => {
  test.each(Array.from({ length: 200 }, (_, seed) => seed))("random lifetimes, seed %i", (seed) => {
    const lifetimes = randomLifetimes(seed);
    const { buffer, sizes } = assignMemory(lifetimes);
    lifetimes.forEach((a, i) => {
      expect(sizes[buffer[i] as number]).toBeGreaterThanOrEqual(a.elements);
      for (let j = 0; j < i; j++) {
        if (buffer[i] === buffer[j]) expect(overlap(a, lifetimes[j] as Lifetime)).toBe(false);
      }
    });
    const used = sizes.reduce((sum, size) => sum + size, 0);
    const separate = lifetimes.reduce((sum, { elements }) => sum + elements, 0);
    expect(used).toBeLessThanOrEqual(separate);
    expect(used).toBeGreaterThanOrEqual(peak(lifetimes));
    expect(new Set(buffer).size).toBe(sizes.length);
  });

  test("a chain needs two buffers", () => {
    const chain = Array.from({ length: 10 }, (_, i) => ({ elements: 8, first: i, last: i + 1 }));
    expect(assignMemory(chain).sizes).toEqual([8, 8]);
  });

  test("two tensors of one dispatch never share a buffer", () => {
    const { buffer } = assignMemory([
      { elements: 8, first: 0, last: 3 },
      { elements: 8, first: 3, last: 5 },
    ]);
    expect(buffer[0]).not.toBe(buffer[1]);
  });

  test("nothing needs nothing", () => {
    expect(assignMemory([])).toEqual({ buffer: [], sizes: [] });
  });
});
