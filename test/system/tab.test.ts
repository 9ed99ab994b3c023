// A tab that is closed while it trains, and opened again.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser } from "puppeteer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../../harness/hosts/browser.ts";
import { type Server, serve } from "../../harness/hosts/serve.ts";
import { cache, root } from "../../harness/setup/paths.mjs";

let folder: string;
let browser: Browser;
let server: Server;
beforeAll(async () => {
  folder = mkdtempSync(join(cache, "tab-"));
  await build({
    entryPoints: [join(root, "test", "system", "tab-page.ts")],
    ...{ outdir: folder, bundle: true, splitting: true, format: "esm", target: "es2022", logLevel: "error" },
  });
  server = await serve(folder, { "/": '<!doctype html><script type="module" src="/tab-page.js"></script>' });
  browser = await launchBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Steps of both epochs. */
const STEPS = 14;

/** Losses by step, and what training gave; the tab is closed at once when the step `until` is told. */
async function tab(database: string, where: "page" | "worker", until = Number.POSITIVE_INFINITY) {
  const page = await browser.newPage();
  const losses = new Map<number, number>();
  await page.exposeFunction("told", (step: number, loss: number) => {
    losses.set(step, loss);
    if (step === until) page.close().catch(() => {});
  });
  await page.goto(server.origin);
  await page.waitForFunction(() => "train" in globalThis);
  const training = page.evaluate((...args) => globalThis.train(...args), database, where);
  if (until < STEPS) {
    await expect(training).rejects.toThrow();
    return { losses, trained: undefined };
  }
  const trained = await training;
  await page.close();
  return { losses, trained };
}

test("fit goes on from IndexedDB with the same bits, in a page or a worker", { timeout: 60_000 }, async () => {
  const whole = await tab("whole", "page");
  expect([whole.trained?.from, whole.losses.size, new Set(whole.losses.values()).size]).toEqual([0, STEPS, STEPS]);
  expect(whole.trained?.shown).toMatch(/^epoch 2\/2: loss .*accuracy .*validation .*accuracy/);
  const all = new Map<number, number>();
  let last = 0;
  const tabs = [
    ["page", 5],
    ["worker", 9],
    ["page", Number.POSITIVE_INFINITY],
  ] as const;
  for (const [where, until] of tabs) {
    const { losses, trained } = await tab("closed", where, until);
    const first = Math.min(...losses.keys());
    // every second step is saved, and the save before the last is there
    expect(first).toBeGreaterThan(Math.max(0, last - 4));
    for (const [step, loss] of losses) all.set(step, loss);
    last = Math.max(...losses.keys());
    if (!trained) continue;
    expect(trained.from).toBeGreaterThan(0);
    expect(trained.accuracies).toEqual(whole.trained?.accuracies);
  }
  expect([...all].sort(([a], [b]) => a - b)).toEqual([...whole.losses]);
});
