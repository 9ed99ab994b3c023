// Waiting for GPU work in Node: who is asked for, and when.
import { afterEach, expect, test, vi } from "vitest";
import { enablePacing, Pacer } from "../../src/gpu/pacer.ts";

test("of several pieces in flight the first one alone is asked for, and one that fails holds up none", async () => {
  enablePacing();
  const pacer = new Pacer();
  const asked: number[] = [];
  const ends: ((fails: boolean) => void)[] = [];
  const waits = [0, 1, 2].map((i) =>
    pacer.wait(() => {
      asked.push(i);
      return new Promise<number>((resolve, reject) => {
        ends[i] = (fails) => (fails ? reject(new Error("lost")) : resolve(i));
      });
    }),
  ) as [Promise<number>, Promise<number>, Promise<number>];
  expect(asked).toEqual([0]);
  ends[0]?.(false);
  expect(await waits[0]).toBe(0);
  await expect.poll(() => asked).toEqual([0, 1]);
  ends[1]?.(true);
  await expect(waits[1]).rejects.toThrow("lost");
  await expect.poll(() => asked).toEqual([0, 1, 2]);
  ends[2]?.(false);
  expect(await waits[2]).toBe(2);
});

afterEach(() => {
  vi.useRealTimers();
});

interface Wait {
  /** Until it was asked for. */
  readonly slept: number;
  /** Until the end was known. */
  readonly took: number;
}

/** Some waits, where work takes so long and its end is told so late. */
async function waitsFor(pacer: Noting, count: number, work: number, late: number): Promise<Wait[]> {
  const waits: Wait[] = [];
  for (let i = 0; i < count; i++) {
    const begun = performance.now();
    let slept = 0;
    const done = pacer.wait(async () => {
      slept = performance.now() - begun;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, work - slept) + late));
    });
    await vi.advanceTimersByTimeAsync(1000);
    await done;
    waits.push({ slept, took: pacer.ended - begun });
  }
  return waits;
}

/** Notes when each wait ends. */
class Noting extends Pacer {
  ended = 0;

  override async wait<T>(ask: () => Promise<T>): Promise<T> {
    const result = await super.wait(ask);
    this.ended = performance.now();
    return result;
  }
}

test("who is answered late does not sleep ever longer", async () => {
  vi.useFakeTimers();
  enablePacing();
  for (const late of [1, 2, 5]) {
    const waits = await waitsFor(new Noting(), 60, 0.5, late);
    expect(Math.max(...waits.map(({ took }) => took)), `answers ${late} ms late`).toBeLessThan(7 * (late + 1));
  }
});

test("most of what a piece of work takes is slept through, also after shorter and longer ones", async () => {
  vi.useFakeTimers();
  enablePacing();
  const pacer = new Noting();
  for (const work of [20, 60, 10, 40]) {
    const { slept, took } = (await waitsFor(pacer, 40, work, 0.1)).at(-1) as Wait;
    expect(slept, `sleep of ${work} ms`).toBeGreaterThanOrEqual(0.6 * work);
    expect(took, `work of ${work} ms`).toBeLessThan(work + 2);
  }
});
