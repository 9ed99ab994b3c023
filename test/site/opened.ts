/** The built page in a browser, with what must not happen written down. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer";
import { launchBrowser } from "../../harness/hosts/browser.ts";
import { type Server, serve } from "../../harness/hosts/serve.ts";
import { withLock } from "../../harness/setup/lock.mjs";
import { cache } from "../../harness/setup/paths.mjs";
import { buildBenchmark } from "../../site/benchmark.ts";
import { buildSite } from "../../site/build.ts";
import type { Opened, Sample, Validation } from "../../site/playground/protocol.ts";
import { makeReference } from "../../site/reference.ts";

/** What the page shows of the run that is open: the data of its charts, not their pixels. */
export interface Shown {
  readonly state: string;
  readonly step: number;
  readonly error: { readonly name: string; readonly message: string } | null;
  readonly losses: readonly number[];
  readonly validations: readonly Validation[];
  readonly opened: Opened | null;
  readonly sample: Sample | null;
  readonly runs: number;
}

export class OpenedSite {
  private constructor(
    readonly server: Server,
    readonly browser: Browser,
  ) {}

  /** @param flags of the browser */
  static async open(flags: readonly string[] = []): Promise<OpenedSite> {
    return new OpenedSite(await serve(await builtSite(), {}), await launchBrowser(flags));
  }

  /** A page with a list of what went wrong in it: errors, and requests that leave its origin. */
  async page(path: string, before?: (page: Page) => Promise<unknown>): Promise<{ page: Page; faults: string[] }> {
    const page = await this.browser.newPage();
    const faults: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("request", (request) => {
      const url = request.url();
      const isOwn = url.startsWith(this.server.origin) || /^(data|blob):/.test(url);
      if (!isOwn) faults.push(`request: ${url}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
    });
    await before?.(page);
    await page.goto(this.server.origin + path, { waitUntil: "networkidle0" });
    return { page, faults };
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.close();
  }
}

/**
 * The built page's folder, made once for all files of a run: a second build would take the files from under the first
 * one's browser. With the benchmark and the API reference where all is tested.
 */
export async function builtSite(): Promise<string> {
  const folder = join(cache, "site", "tested");
  const stamp = join(cache, "site", "tested-by");
  mkdirSync(join(cache, "site"), { recursive: true });
  await withLock(`${folder}.lock`, async () => {
    // the process that all files' processes are children of
    const run = `${process.ppid}`;
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === run) return;
    rmSync(stamp, { force: true });
    const isAll = process.env.SEQGRAD_SITE === "full";
    if (isAll) await makeReference();
    await buildSite(folder);
    if (isAll) await buildBenchmark(folder);
    writeFileSync(stamp, run);
  });
  return folder;
}

export const shown = (page: Page): Promise<Shown> =>
  page.evaluate(() => {
    // biome-ignore lint/suspicious/noExplicitAny: the page's own engine, which is no part of these types
    const engine = (globalThis as any).seqgradPlayground;
    return {
      state: engine.state.value,
      step: engine.step.value,
      error: engine.error.value,
      losses: engine.current.value?.points.map(({ loss }: { loss: number }) => loss) ?? [],
      validations: engine.current.value?.validations ?? [],
      opened: engine.opened.value,
      sample: engine.sample.value,
      runs: engine.runs.value.length,
    };
  });

/** Waits until what the page shows is as wanted. */
export async function until(page: Page, what: string, fits: (now: Shown) => boolean, seconds = 60): Promise<Shown> {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    const now = await shown(page);
    if (fits(now)) return now;
    if (now.error) throw new Error(`${what}: ${now.error.name}: ${now.error.message}`);
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s; ${now.state}, step ${now.step}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until a run is saved so that a closed tab can go on with it, and gives the step that it goes on behind. */
export async function untilSaved(page: Page, seconds = 60): Promise<number> {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    const step = await page.evaluate(
      () =>
        new Promise<number | undefined>((resolve, reject) => {
          // biome-ignore lint/suspicious/noExplicitAny: as above
          const { id } = (globalThis as any).seqgradPlayground.request.value;
          const opening = indexedDB.open("seqgrad playground", 1);
          // what is not there yet is the page's to make
          opening.onupgradeneeded = () => opening.transaction?.abort();
          opening.onerror = () => resolve(undefined);
          opening.onsuccess = () => {
            const request = opening.result.transaction("run").objectStore("run").get("last");
            request.onerror = () => reject(request.error);
            request.onsuccess = () => {
              opening.result.close();
              // what another run left does not count
              resolve(request.result?.request.id === id ? request.result.step : undefined);
            };
          };
        }),
    );
    if (step !== undefined) return step;
    if (Date.now() > end) throw new Error(`nothing was saved within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Presses a button as a keyboard does. */
export async function press(page: Page, selector: string): Promise<void> {
  await page.waitForSelector(`${selector}:not(:disabled)`);
  await page.focus(selector);
  await page.keyboard.press("Enter");
}
