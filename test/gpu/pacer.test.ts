// Waiting for GPU work in Node: who is asked for, and when.
import { expect, test } from "vitest";
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
