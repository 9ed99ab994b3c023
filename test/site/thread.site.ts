/** How long the page's thread is held up while something trains, panel by panel: printed, as it depends on the machine. */
import type { Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OpenedSite, press, until } from "./opened.ts";
import { type Task, tasksDuring } from "./thread.ts";

/** Of training that is watched. */
const seconds = 12;

describe("tasks of the page's thread", () => {
  let site: OpenedSite;
  beforeAll(async () => {
    site = await OpenedSite.open();
  });
  afterAll(() => site?.close());

  const trains = (page: Page) => until(page, "training", ({ state, step }) => state === "running" && step > 2, 120);

  /** Watches what is begun already, and makes sure that it went on meanwhile. */
  async function watch(page: Page, panel: string): Promise<void> {
    const before = await trains(page);
    const tasks = await tasksDuring(page, () => new Promise((resolve) => setTimeout(resolve, 1000 * seconds)));
    const after = await trains(page);
    expect(after.step).toBeGreaterThan(before.step);
    print(`${panel}, while it trains`, tasks);
  }

  /** The same for the opening of a panel, in which its code is loaded. */
  async function open(page: Page, name: string, ready: string): Promise<void> {
    const tasks = await tasksDuring(page, async () => {
      await press(page, `#tab-${name}`);
      await page.waitForSelector(ready, { timeout: 120_000 });
    });
    print(`${name}, as it opens`, tasks);
  }

  function print(what: string, tasks: readonly Task[]): void {
    const [longest] = tasks;
    if (!longest) throw new Error(`${what}: the trace has no task`);
    const over = tasks.filter(({ cpu }) => cpu > 50).length;
    const figure = `longest ${longest.cpu.toFixed(1)} ms of the thread's time (${longest.wall.toFixed(0)} by the clock)`;
    console.log(`${what}: ${tasks.length} tasks, ${over} over 50 ms, ${figure}: ${longest.causes.join(", ")}`);
  }

  test("a task that computes is found, with what computed", async () => {
    const { page } = await site.page("/playground.html");
    const [longest] = await tasksDuring(page, () =>
      page.evaluate(`new Promise((resolve) => setTimeout(function busy() {
        let sum = 0;
        for (let i = 0; i < 2e8; i++) sum += i % 7;
        resolve(sum);
      }))`),
    );
    expect(longest?.causes[0]).toMatch(/^FunctionCall busy /);
    await page.close();
  });

  test("from the press on Train, and with each panel open", async () => {
    const { page, faults } = await site.page("/playground.html#task=text&steps=20000");
    const tasks = await tasksDuring(page, async () => {
      await press(page, '[data-test="start"]');
      await trains(page);
    });
    print("from Train to the first steps", tasks);
    await watch(page, "curves");
    await open(page, "inside", ".map canvas");
    await watch(page, "inside");
    await open(page, "write", ".write");
    await press(page, '[data-test="write"]');
    await watch(page, "write");
    await open(page, "kernels", ".kernels .name");
    await watch(page, "kernels");
    expect(faults).toEqual([]);
    await page.close();
  });

  test("with as many curves and points as can be shown", async () => {
    const { page, faults } = await site.page("/playground.html#task=parity&length=4&hidden=16&steps=20000");
    await press(page, '[data-test="start"]');
    await trains(page);
    // four more runs of 4,000 points each, as they are after long training
    await page.evaluate(`{
      const { runs } = seqgradPlayground;
      const [own] = runs.value;
      const more = [1, 2, 3, 4].map((style) => ({
        ...own,
        id: "more " + style,
        style,
        points: Array.from({ length: 4000 }, (_, i) => ({ step: 2 * i + 1, loss: 1 / (1 + i * style) , gradNorm: 1 })),
        validations: Array.from({ length: 40 }, (_, i) => ({ step: 200 * i + 200, loss: 1 / (1 + i), accuracy: null })),
      }));
      runs.value = [own, ...more];
    }`);
    await watch(page, "five curves of up to 4,000 points");
    expect(faults).toEqual([]);
    await page.close();
  });

  test("with a cell of one's own in its race", async () => {
    const { page, faults } = await site.page("/playground.html");
    await open(page, "own", '[data-test="own-train"]:not(:disabled)');
    const tasks = await tasksDuring(page, async () => {
      await press(page, '[data-test="own-train"]');
      await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    });
    print("own cell, while it races", tasks);
    expect(faults).toEqual([]);
    await page.close();
  });
});
