/** Everything of the page, in headless Chromium: `npm run site:test`, for which alone vitest.config.ts takes it along. */
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import { cellFacts } from "../../site/playground/facts.ts";
import { cellNames, taskNames } from "../../site/playground/settings.ts";
import { seriousFaults } from "./axe.ts";
import { OpenedSite, press, type Shown, shown, until, untilSaved } from "./opened.ts";

const pictures = join(root, "runs", "site");

describe("all of the page", () => {
  let site: OpenedSite;
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    site = await OpenedSite.open();
  });
  afterAll(() => site?.close());

  /** Trains what an address says, to its end. */
  async function train(address: string): Promise<{ page: Page; faults: string[]; end: Shown }> {
    const { page, faults } = await site.page(`/playground.html#${address}`);
    await press(page, '[data-test="start"]');
    const end = await until(page, address, ({ state }) => state === "done", 120);
    return { page, faults, end };
  }

  describe("each task trains", () => {
    for (const task of taskNames) {
      test(task, async () => {
        const { page, faults, end } = await train(`task=${task}&hidden=16&steps=12&batch=8`);
        expect(end.losses).toHaveLength(12);
        expect(end.losses.every(Number.isFinite)).toBe(true);
        expect(end.validations.length).toBeGreaterThan(0);
        expect(end.sample).not.toBeNull();
        expect(faults).toEqual([]);
        await page.close();
      });
    }
  });

  describe("each cell trains, and shows its inside", () => {
    for (const cell of cellNames) {
      test(cell, async () => {
        // one that reads a question needs a task that is one
        const task = cellFacts[cell].needsQuestion ? "copy" : "recall";
        const { page, faults, end } = await train(
          `task=${task}&cell=${cell}&hidden=16&layers=2&heads=2&length=6&steps=6&dropout=0.1`,
        );
        expect(end.losses.every(Number.isFinite)).toBe(true);
        await press(page, "#tab-inside");
        await page.waitForSelector(".inside tbody tr");
        expect(await page.$$eval(".map canvas", (all) => all.length > 0)).toBe(cell !== "jordan");
        expect(faults).toEqual([]);
        await page.close();
      });
    }
  });

  test("says what to do first, and each lesson shows what it promises", async () => {
    const { page, faults } = await site.page("/playground.html");
    const lessons = await page.$$eval(".first a", (all) => all.map((each) => each.getAttribute("href") as string));
    expect(lessons).toHaveLength(3);
    for (const lesson of lessons) {
      // each setting of it is one that the page knows
      await page.click(`.first a[href="${lesson}"]`);
      const said = (text: string) => Object.fromEntries(new URLSearchParams(text.slice(1)));
      expect(said((await page.evaluate("location.hash")) as string)).toEqual(said(lesson));
    }
    expect(await page.evaluate("seqgradPlayground.notice.value")).toBe("");
    await page.click(`.first a[href="${lessons[0]}"]`);
    await press(page, '[data-test="start"]');
    await until(page, "some steps", ({ step }) => step > 30);
    expect(await page.$(".first")).toBeNull();
    await press(page, "#tab-inside");
    await page.waitForSelector(".inside");
    const norms = (await page.evaluate("Array.from(seqgradPlayground.inside.value.layers[0].norms)")) as number[];
    expect(norms).toHaveLength(30);
    // it vanishes: of a recurrence that keeps nothing
    expect(norms[0]).toBeLessThan(0.1 * (norms[29] as number));
    expect(faults).toEqual([]);
    await page.close();
  });

  test("goes on after the tab was closed in mid-training", async () => {
    const address = "task=parity&hidden=16&length=6&steps=1000&seed=3";
    const whole = await train(address);
    await whole.page.close();
    const first = await site.page(`/playground.html#${address}`);
    await press(first.page, '[data-test="start"]');
    await until(first.page, "some steps", ({ step }) => step > 30);
    await first.page.evaluate("seqgradPlayground.send({ kind: 'save' })");
    const step = await untilSaved(first.page);
    // it trains on, and is closed in the middle of it
    await until(first.page, "more steps", (now) => now.step > step + 5 && now.state === "running");
    await first.page.close();
    const second = await site.page("/playground.html");
    await press(second.page, '[data-test="resume"]');
    const opened = await until(second.page, "the run again", ({ state }) => state === "ready");
    expect(opened.step).toBeGreaterThanOrEqual(step);
    expect(opened.step).toBeLessThan(1000);
    expect(opened.losses).toHaveLength(opened.step);
    await press(second.page, '[data-test="start"]');
    const end = await until(second.page, "its end", ({ state }) => state === "done", 120);
    expect(end.losses).toEqual(whole.end.losses);
    await second.page.close();
  });

  test("says what is wrong with a file, and trains on a good one", async () => {
    const { page, faults } = await site.page("/playground.html#task=series&steps=5&length=8&batch=4");
    const put = async (name: string, content: string) => {
      const path = join(tmpdir(), name);
      writeFileSync(path, content);
      const input = await page.waitForSelector('[data-test="file"]');
      await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(path);
    };
    await put("broken.csv", "day,wind\nmonday,strong\ntuesday,weak\n");
    await press(page, '[data-test="start"]');
    await page.waitForSelector('.error[role="alert"]');
    expect((await shown(page)).error?.message).toContain("broken.csv");
    await page.reload({ waitUntil: "networkidle0" });
    const rows = Array.from({ length: 80 }, (_, t) => `${t},${Math.sin(t / 3)},${t % 7}`);
    await put("good.csv", `t,wave,week\n${rows.join("\n")}\n`);
    await press(page, '[data-test="start"]');
    expect((await until(page, "the file", ({ state }) => state === "done")).opened?.columns).toEqual(["week"]);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("a device that is lost comes back, and the run with it", async () => {
    const { page } = await site.page("/playground.html#task=adding&hidden=16&length=10&steps=2000");
    await press(page, '[data-test="start"]');
    await until(page, "a checkpoint", ({ step }) => step > 20);
    await page.evaluate("seqgradPlayground.send({ kind: 'save' })");
    await untilSaved(page);
    const killer = await site.browser.newPage();
    await killer.goto("chrome://gpucrash").catch(() => {});
    const again = await until(page, "the run again", ({ state, step }) => state === "running" && step > 60, 90);
    expect(again.error).toBeNull();
    await page.close();
    await killer.close();
  });

  test("tells what was drawn, and takes a shape of the visitor's own", async () => {
    const { page, faults, end } = await train("task=strokes&hidden=16&steps=60&batch=16");
    expect(end.error).toBeNull();
    const draw = async () => {
      const pad = await page.waitForSelector('[data-test="pad"]');
      await pad?.scrollIntoView();
      const box = await pad?.boundingBox();
      if (!box) throw new Error("no pad");
      const at = (i: number) =>
        [
          box.x + box.width * (0.5 + 0.3 * Math.cos(i / 5)),
          box.y + box.height * (0.5 + 0.3 * Math.sin(i / 5)),
        ] as const;
      await page.mouse.move(...at(0));
      await page.mouse.down();
      for (let i = 1; i <= 32; i++) await page.mouse.move(...at(i));
      await page.mouse.up();
    };
    await draw();
    await page.waitForSelector('.strokes [role="status"]');
    expect(await page.$eval('.strokes [role="status"]', (element) => element.textContent)).toMatch(/[a-z]+ \d+%/);
    await page.type('.strokes input[type="text"]', "wheel");
    await press(page, ".strokes .row button");
    await press(page, '[data-test="start"]');
    await until(page, "with the new shape", ({ state, runs }) => state === "done" && runs === 2, 120);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("writes with the likeliest rivals, and saves and loads a model", async () => {
    const { page, faults } = await train("task=text&length=16&hidden=16&steps=10&batch=4");
    await press(page, "#tab-write");
    await press(page, '[data-test="write"]');
    await page.waitForSelector(".write table tr:nth-child(8)");
    const shares = await page.evaluate("seqgradPlayground.written.value.next.map(({ probability }) => probability)");
    expect((shares as number[]).every((share, i, all) => share > 0 && share <= (all[i - 1] ?? 1))).toBe(true);
    const size = await page.evaluate(
      "seqgradPlayground.send({ kind: 'hush' }), seqgradPlayground.export().then((bytes) => (globalThis.model = bytes).length)",
    );
    expect(size).toBeGreaterThan(5000);
    await page.evaluate("seqgradPlayground.load(globalThis.model)");
    expect((await until(page, "the model", ({ state }) => state === "ready")).step).toBe(0);
    await page.evaluate("seqgradPlayground.load(globalThis.model.slice(0, 400))");
    await page.waitForSelector('.error[role="alert"]');
    expect(faults).toEqual([]);
    await page.close();
  });

  test("without WebGPU it says so, and plays a recorded run", async () => {
    const { page, faults } = await site.page("/playground.html", (opening) =>
      opening.evaluateOnNewDocument("delete Navigator.prototype.gpu"),
    );
    await page.waitForSelector("#no-gpu");
    await press(page, '[data-test="recording"]');
    const end = await until(page, "the recording", ({ state }) => state === "done", 60);
    expect(end.losses).toHaveLength(400);
    await press(page, "#tab-inside");
    await page.waitForSelector(".map canvas");
    expect(await seriousFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.screenshot({ path: join(pictures, "recorded.png"), fullPage: true });
    await page.close();
  });

  for (const width of [1280, 360]) {
    for (const theme of ["light", "dark"]) {
      test(`looks well: ${width} px, ${theme}`, async () => {
        const { page, faults } = await site.page(
          "/playground.html#task=text&hidden=32&length=24&steps=80",
          async (opening) => {
            await opening.setViewport({ width, height: 900 });
            await opening.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
          },
        );
        await press(page, '[data-test="start"]');
        await until(page, "training", ({ state }) => state === "done", 120);
        for (const [tab, ready] of [
          ["inside", ".map canvas"],
          ["write", ".write"],
          ["kernels", ".kernels .name"],
        ] as const) {
          await press(page, `#tab-${tab}`);
          await page.waitForSelector(ready);
          expect(await seriousFaults(page)).toEqual([]);
          expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
          await page.evaluate("scrollTo(0, 0)");
          await page.screenshot({ path: join(pictures, `${tab}-${width}-${theme}.png`), fullPage: true });
        }
        await page.goto(`${site.server.origin}/`, { waitUntil: "networkidle0" });
        await page.screenshot({ path: join(pictures, `start-${width}-${theme}.png`), fullPage: true });
        expect(faults).toEqual([]);
        await page.close();
      });
    }
  }
});
