// Runs cases in a page of a headless browser.
import type { Browser, Page } from "puppeteer";
import type { HostName } from "../case.ts";
import { launchBrowser } from "./browser.ts";
import { bundleCases } from "./bundle.ts";
import type { Collector } from "./collect.ts";
import { launchFirefox } from "./firefox.ts";
import type { HostRun } from "./host-run.ts";
import type { Message } from "./protocol.ts";
import { serve } from "./serve.ts";

const pageHtml = `<!doctype html>
<title>seqgrad cases</title>
<link rel="icon" href="data:," />
<script type="module" src="/page.js"></script>`;

export const runInChromium = runInBrowser("chromium", launchBrowser);
export const runInFirefox = runInBrowser("firefox", launchFirefox);

function runInBrowser(host: HostName, launch: () => Promise<Browser>): HostRun {
  return async (job, timeoutMs, collector) => {
    const server = await serve(await bundleCases(), { "/": pageHtml, "/job.json": JSON.stringify({ host, job }) });
    try {
      const browser = await launch();
      try {
        return collector.report(await runPage(await browser.newPage(), server.origin, timeoutMs, collector));
      } finally {
        await browser.close();
      }
    } finally {
      server.close();
    }
  };
}

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
