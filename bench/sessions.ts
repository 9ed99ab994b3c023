/** A session is one case in a fresh page of a fresh browser, or in a fresh process: all first calls are cold. */
import { join } from "node:path";
import type { HostName } from "../harness/case.ts";
import { launchBrowser } from "../harness/hosts/browser.ts";
import { runDeno } from "../harness/hosts/deno-process.ts";
import { type ProcessOptions, runProcess } from "../harness/hosts/process.ts";
import { messageMark } from "../harness/hosts/protocol.ts";
import { serve } from "../harness/hosts/serve.ts";
import { adapterOfThisRun } from "../harness/setup/adapter.mjs";
import type { BenchMessage, SessionJob } from "./types.ts";

const pageHtml = `<!doctype html>
<title>seqgrad bench</title>
<link rel="icon" href="data:," />
<script type="module" src="/page.js"></script>`;

export interface Session {
  readonly folder: string;
  readonly timeoutMs: number;
  readonly take: (message: BenchMessage) => void;
}

export interface SessionEnd {
  /** Of the browser, or the runtime. */
  readonly version: string;
  /** Why it ended without having told a result or an error. */
  readonly broken?: string;
  /** What it printed last. */
  readonly printed: readonly string[];
}

export const runSession = (host: HostName, job: SessionJob, session: Session): Promise<SessionEnd> =>
  host === "chromium" ? inChromium(job, session) : inProcess(host, job, session);

async function inChromium(job: SessionJob, { folder, timeoutMs, take }: Session): Promise<SessionEnd> {
  const server = await serve(folder, { "/": pageHtml, "/job.json": JSON.stringify(job) });
  const browser = await launchBrowser();
  const printed: string[] = [];
  try {
    const version = await browser.version();
    const page = await browser.newPage();
    const broken = await new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(`no end after ${Math.round(timeoutMs / 1000)} s`), timeoutMs);
      const end = (how?: string) => {
        clearTimeout(timer);
        resolve(how);
      };
      page.on("console", (message) => printed.push(`${message.type()}: ${message.text()}`));
      page.on("error", (error) => end(`the page crashed: ${error.message}`));
      page.on("pageerror", (error) => printed.push(String(error)));
      browser.on("disconnected", () => end("the browser ended"));
      page
        .exposeFunction("benchSend", (message: BenchMessage) => {
          take(message);
          if (message.type !== "progress") end();
        })
        .then(() => page.goto(server.origin, { timeout: 0 }))
        .catch((error: Error) => end(error.message));
    });
    return { version, printed: printed.slice(-20), ...(broken === undefined ? {} : { broken }) };
  } finally {
    await browser.close();
    server.close();
  }
}

async function inProcess(host: HostName, job: SessionJob, { folder, timeoutMs, take }: Session): Promise<SessionEnd> {
  let told = false;
  const printed: string[] = [];
  const onLine = (line: string) => {
    if (!line.startsWith(messageMark)) {
      printed.push(line);
      return;
    }
    const message: BenchMessage = JSON.parse(line.slice(messageMark.length));
    if (message.type !== "progress") told = true;
    take(message);
  };
  const options: ProcessOptions = { input: JSON.stringify(job), timeoutMs, onLine };
  const { environment } = await adapterOfThisRun();
  const script = join(folder, `${host}.js`);
  const result =
    host === "deno"
      ? await runDeno(script, options)
      : await runProcess(process.execPath, [script], { ...options, environment });
  printed.push(...result.stderr.split("\n").filter((line) => line.trim() !== ""));
  const broken = told ? undefined : result.timedOut ? "no end in time" : `exit code ${result.code ?? result.signal}`;
  const version = host === "node" ? `Node ${process.versions.node}` : "Deno";
  return { version, printed: printed.slice(-20), ...(broken === undefined ? {} : { broken }) };
}
