import type { Page } from "puppeteer";
import { launchBrowser } from "./browser.ts";
import { bundleCases } from "./bundle.ts";
import type { Collector } from "./collect.ts";
import type { HostRun } from "./host-run.ts";
import type { Message } from "./protocol.ts";
import { serve } from "./serve.ts";

const pageHtml = `<!doctype html>
<title>seqgrad cases</title>
<link rel="icon" href="data:," />
<script type="module" src="/page.js"></script>`;

/** Runs cases in a page of headless Chromium. */
export const runInChromium: HostRun = async (job, timeoutMs, collector) => {
  const server = await serve(await bundleCases(), { "/": pageHtml, "/job.json": JSON.stringify(job) });
  try {
    const browser = await launchBrowser();
    try {
      return collector.report(await runPage(await browser.newPage(), server.origin, timeoutMs, collector));
    } finally {
      await browser.close();
    }
  } finally {
    server.close();
  }
};

/** Opens the page and gives, when its work is over, how it ended. */
function runPage(page: Page, origin: string, timeoutMs: number, collector: Collector): Promise<string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`no end after ${timeoutMs / 1000} s`), timeoutMs);
    const end = (how: string) => {
      clearTimeout(timer);
      resolve(how);
    };
    page.on("console", (message) => collector.print(`${message.type()}: ${message.text()}`));
    page.on("error", (error) => end(`the page crashed: ${error.message}`));
    page.on("pageerror", (error) => {
      collector.pageError(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
    page.on("requestfailed", (request) => end(`${request.url()} could not be loaded: ${request.failure()?.errorText}`));
    page
      .exposeFunction("seqgradSend", (message: Message) => {
        collector.take(message);
        if (message.type === "done") end("done");
      })
      // A busy page may take its time to load: the timeout above is the one that counts.
      .then(() => page.goto(origin, { timeout: 0 }))
      .catch((error: Error) => end(error.message));
  });
}
