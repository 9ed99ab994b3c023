/** Memory of a tab that trains for long: what page, worker and GPU process hold after 10,000 steps beside what they held before. */
import { readdirSync, readFileSync } from "node:fs";
import type { CDPSession, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OpenedSite, press, until } from "./opened.ts";

/** Compiled code, caches and the browser's own habits settle before the first look. */
const [first, last] = [2000, 12_000];

describe("memory of the tab", () => {
  let site: OpenedSite;
  beforeAll(async () => {
    site = await OpenedSite.open();
  });
  afterAll(() => site?.close());

  test("is flat over 10,000 steps", async () => {
    const { page, faults } = await site.page(
      `/playground.html#task=parity&length=2&hidden=4&batch=2&steps=${last}&schedule=constant`,
    );
    await press(page, "#tab-inside");
    await press(page, '[data-test="start"]');
    // Curves and maps are drawn all the same, but not put on the screen: without a GPU the browser does that in its own
    // memory, and was seen to keep 1 to 3 MiB more after each 1,000 steps, of what it painted alone.
    await page.evaluate("document.querySelector('.playground').style.display = 'none'");
    await until(page, "the first look", ({ step }) => step >= first, 240);
    const before = await held(page, site.browser.process()?.pid as number);
    await until(page, "the last look", ({ state }) => state === "done", 600);
    const after = await held(page, site.browser.process()?.pid as number);
    // each step once, and as many points as can be drawn
    const steps = (await page.evaluate("seqgradPlayground.current.value.points.map(({ step }) => step)")) as number[];
    expect(steps.length).toBeLessThanOrEqual(4000);
    expect(steps.every((step, i) => step > (steps[i - 1] ?? 0))).toBe(true);
    const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
    for (const name of ["page", "worker", "processes"] as const) {
      console.log(
        `${name}: ${megabytes(before[name])} MiB after ${first} steps, ${megabytes(after[name])} after ${last}`,
      );
    }
    // 10,000 steps that each left 100 bytes would be seen
    expect(after.worker - before.worker).toBeLessThan(1e6);
    expect(after.page - before.page).toBeLessThan(1e6);
    // with the GPU's memory, which SwiftShader has in a process as well; the browser gives pages back when it likes
    expect(after.processes - before.processes).toBeLessThan(30e6);
    expect(faults).toEqual([]);
    await page.close();
  });
});

/** Bytes: JavaScript's heaps once collected, and the private memory of all of the browser's processes. */
async function held(page: Page, browser: number): Promise<Record<"page" | "worker" | "processes", number>> {
  const [worker] = page.workers();
  if (!worker) throw new Error("no worker trains");
  return {
    worker: await heapOf(worker.client),
    page: await heapOf(await page.createCDPSession()),
    processes: [browser, ...descendants(browser)].reduce((sum, pid) => sum + privateBytes(pid), 0),
  };
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}

function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // behind the command, which may hold anything, stand the state and the parent
      const parent = Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]);
      parents.set(Number(name), parent);
    } catch {
      // has ended meanwhile
    }
  }
  const found: number[] = [];
  for (let level = [pid]; level.length > 0; ) {
    level = [...parents].filter(([, parent]) => level.includes(parent)).map(([child]) => child);
    found.push(...level);
  }
  return found;
}

function privateBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return (
      1024 * [...text.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0)
    );
  } catch {
    return 0;
  }
}
