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

/** Losses by step, and where it went on; the tab is closed at once when the step `until` is told. */
async function tab(database: string, steps: number, until = Number.POSITIVE_INFINITY) {
  const page = await browser.newPage();
  const losses = new Map<number, number>();
  await page.exposeFunction("told", (step: number, loss: number) => {
    losses.set(step, loss);
    if (step === until) page.close().catch(() => {});
  });
  await page.goto(server.origin);
  await page.waitForFunction(() => "train" in globalThis);
  const training = page.evaluate((name, most) => globalThis.train(name, most), database, steps);
  if (until < steps) {
    await expect(training).rejects.toThrow();
    return { losses, from: undefined };
  }
  const from = await training;
  await page.close();
  return { losses, from };
}

test("training goes on from IndexedDB with the same bits", { timeout: 60_000 }, async () => {
  const steps = 14;
  const whole = await tab("whole", steps);
  expect([whole.from, whole.losses.size, new Set(whole.losses.values()).size]).toEqual([0, steps, steps]);
  const all = new Map<number, number>();
  let last = 0;
  for (const until of [5, 8, Number.POSITIVE_INFINITY]) {
    const { losses, from } = await tab("closed", steps, until);
    const first = Math.min(...losses.keys());
    // every second step is saved, and the save before the last is there
    expect(first).toBeGreaterThan(Math.max(0, last - 4));
    if (from !== undefined) expect([from, from > 0]).toEqual([first - 1, true]);
    for (const [step, loss] of losses) all.set(step, loss);
    last = Math.max(...losses.keys());
  }
  expect([...all].sort(([a], [b]) => a - b)).toEqual([...whole.losses]);
});
