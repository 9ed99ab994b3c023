// Records the run that is shown where a browser has no WebGPU, and takes the pictures of it: node harness/with-adapter.mjs node harness/ts.mjs site/record.ts
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launchBrowser } from "../harness/hosts/browser.ts";
import { serve } from "../harness/hosts/serve.ts";
import { root } from "../harness/setup/paths.mjs";
import { press, until } from "../test/site/opened.ts";
import { buildSite } from "./build.ts";

const address = "#task=text&hidden=24&length=24&steps=400";
const looks = [20, 120, 400];

/** Puts every report of the page's worker into a list. */
function listen(): void {
  const list: { at: number; report: unknown }[] = [];
  const Plain = Worker;
  const began = performance.now();
  Object.assign(globalThis, {
    recorded: list,
    Worker: class extends Plain {
      constructor(...given: ConstructorParameters<typeof Worker>) {
        super(...given);
        this.addEventListener("message", ({ data }) => list.push({ at: performance.now() - began, report: data }));
      }
    },
  });
}

/** What of it is kept: a look at the inside after some steps, not one after the other. */
function kept(wanted: readonly number[]): string {
  const { recorded, seqgradPlayground } = globalThis as unknown as {
    recorded: { at: number; report: { kind: string; inside?: { step: number } } }[];
    seqgradPlayground: { settings: object };
  };
  let left = [...wanted];
  const reports = recorded.filter(({ report: { kind, inside } }) => {
    if (kind === "saved") return false;
    if (!inside) return true;
    const isDue = left[0] !== undefined && inside.step >= left[0];
    if (isDue) left = left.slice(1);
    return isDue;
  });
  const first = reports[0]?.at ?? 0;
  const timed = reports.map(({ at, report }) => ({ at: Math.round(at - first), report }));
  return JSON.stringify({ settings: seqgradPlayground.settings, reports: timed }, (_, value) =>
    value instanceof Float32Array
      ? { float32: Array.from(value, (each) => Number(each.toPrecision(3))) }
      : typeof value === "number"
        ? Number(value.toPrecision(6))
        : value,
  );
}

export async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "seqgrad-site-"));
  await buildSite(folder);
  const server = await serve(folder, {});
  const browser = await launchBrowser();
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 1600 });
  await page.evaluateOnNewDocument(listen);
  await page.goto(`${server.origin}/playground.html${address}`, { waitUntil: "networkidle0" });
  await page.click('[data-test="start"]');
  await page.waitForSelector("#tab-write");
  await page.click("#tab-inside");
  await until(page, "training", ({ state }) => state === "done", 600);
  for (const theme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
    await page.evaluate("scrollTo(0, 0); document.activeElement.blur()");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const clip = { x: 0, y: 64, width: 1280, height: 1440 };
    await page.screenshot({ path: join(root, "site", "public", `playground-${theme}.png`), clip });
  }
  await press(page, "#tab-write");
  await press(page, '[data-test="write"]');
  await page.waitForSelector('[data-test="write"]');
  await press(page, "#tab-kernels");
  await page.waitForSelector(".kernels .name");
  writeFileSync(join(root, "site", "public", "recording.json"), await page.evaluate(kept, looks));
  await browser.close();
  server.close();
  return 0;
}
