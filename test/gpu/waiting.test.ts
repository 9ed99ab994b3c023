// Waiting for a queue that answers as Firefox's does, and for devices that end; no GPU.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Waiting } from "../../src/gpu/waiting.ts";

const POLL_MS = 100;

/** Maps are answered at the next submit after their work is done, or every 100 ms. */
class LateQueue {
  submits = 0;
  readonly #pending: (() => void)[] = [];
  readonly #timer = setInterval(() => this.#answer(), POLL_MS);

  submit(): undefined {
    this.submits++;
    this.#answer();
  }

  /** Work that takes so long. */
  map(milliseconds: number): Promise<string> {
    return new Promise((resolve) => {
      setTimeout(() => this.#pending.push(() => resolve("mapped")), milliseconds);
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #answer(): void {
    for (const answer of this.#pending.splice(0)) answer();
  }
}

const waitingOn = (queue: LateQueue, nudges: boolean) => new Waiting(queue, () => ({}) as GPUCommandBuffer, nudges);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Milliseconds until a map of work of `length` ms is answered. */
async function timeOf(nudges: boolean, length: number): Promise<{ time: number; submits: number }> {
  const queue = new LateQueue();
  const start = Date.now();
  let time = Number.NaN;
  const waited = waitingOn(queue, nudges)
    .for(queue.map(length))
    .then(() => {
      time = Date.now() - start;
    });
  await vi.advanceTimersByTimeAsync(5 * POLL_MS);
  await waited;
  const { submits } = queue;
  await vi.advanceTimersByTimeAsync(5 * POLL_MS);
  expect(queue.submits, "no nudge after the answer").toBe(submits);
  queue.stop();
  return { time, submits };
}

describe("a queue that answers maps late", () => {
  test.for([1, 30, 130])("is nudged while work of %i ms is waited for", async (length) => {
    const late = await timeOf(false, length);
    expect(late).toEqual({ time: Math.ceil(length / POLL_MS) * POLL_MS, submits: 0 });
    const nudged = await timeOf(true, length);
    expect(nudged.time).toBeGreaterThanOrEqual(length);
    expect(nudged.time).toBeLessThan(length + 10);
    expect(nudged.submits).toBeLessThanOrEqual(length / 4 + 2);
  });

  test("is nudged in Firefox alone", () => {
    const nudgesWith = (userAgent: string) => {
      vi.stubGlobal("navigator", { userAgent });
      const timers = vi.getTimerCount();
      new Waiting({ submit: () => undefined }, () => ({}) as GPUCommandBuffer).for(new Promise(() => {}));
      vi.unstubAllGlobals();
      return vi.getTimerCount() > timers;
    };
    expect(nudgesWith("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")).toBe(true);
    expect(nudgesWith("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0")).toBe(
      false,
    );
    expect(nudgesWith("Node.js/20")).toBe(false);
  });
});

describe("the end of a device", () => {
  test("is told to who waits and to who comes later, and to nobody who is done", async () => {
    const queue = new LateQueue();
    const waiting = waitingOn(queue, false);
    const [first, failing, pending] = [Promise.resolve(1), Promise.reject(new Error("own")), new Promise(() => {})];
    await expect(waiting.for(first)).resolves.toBe(1);
    await expect(waiting.for(failing)).rejects.toThrow("own");
    expect(waiting.size, "nothing is kept of what is done").toBe(0);
    const told = expect(waiting.for(pending)).rejects.toThrow("lost");
    expect(waiting.size).toBe(1);
    waiting.end(new Error("lost"));
    await told;
    waiting.end(new Error("later"));
    await expect(waiting.for(Promise.reject(new Error("behind the end")))).rejects.toThrow("lost");
    expect(waiting.size).toBe(0);
    queue.stop();
  });
});
