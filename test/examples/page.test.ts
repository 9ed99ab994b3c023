// Tasks in a page of headless Chromium, with files put in by hand.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, ElementHandle, Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { madeUpSeries } from "../../examples/forecasting/series.ts";
import { madeUpReviews } from "../../examples/sentiment/made-up.ts";
import { madeUpTakes } from "../../examples/shared/audio/takes.ts";
import type { Files } from "../../examples/shared/task/files.ts";
import { madeUpNames } from "../../examples/shared/text/made-up.ts";
import { servePage } from "../../harness/examples/page.ts";
import { launchBrowser } from "../../harness/hosts/browser.ts";
import type { Server } from "../../harness/hosts/serve.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), "seqgrad-page-"));
let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = await servePage();
  browser = await launchBrowser();
  page = await browser.newPage();
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true });
});

/** Writes files where a person would have them; gives their paths. */
async function onDisk(name: string, files: Files): Promise<string[]> {
  mkdirSync(join(folder, name));
  const paths = files.names.map((each) => join(folder, name, each));
  for (const [i, path] of paths.entries()) writeFileSync(path, await files.bytes(files.names[i] as string));
  return paths;
}

async function put(input: string, paths: readonly string[]): Promise<void> {
  await ((await page.$(`#${input}`)) as ElementHandle<HTMLInputElement>).uploadFile(...paths);
}

/** Fills in the form and waits for what comes of it. */
async function start(task: string, data: Record<string, readonly string[]>, options: string) {
  await page.goto(server.origin, { timeout: 0 });
  await page.select("#task", task);
  for (const [input, paths] of Object.entries(data)) await put(input, paths);
  await page.type("#options", options);
  await page.click("#start");
  await page.waitForFunction(() => !["idle", "running"].includes(document.body.dataset.state ?? ""), { timeout: 0 });
  return page.evaluate(() => ({
    state: document.body.dataset.state,
    log: document.getElementById("log")?.textContent,
    cells: [...document.querySelectorAll("#results td")].map((cell) => cell.textContent),
    files: [...document.querySelectorAll("#results a")].map((link) => link.textContent),
    pictures: document.querySelectorAll("#results img").length,
  }));
}

describe("in a page", () => {
  it.each<[string, Files, string, readonly string[]]>([
    ["classification", madeUpNames(30, 1), "--hidden 4 --embed 4 --batch 64", ["confusion.svg"]],
    ["sentiment", madeUpReviews(60, 1), "--hidden 4 --embed 4 --batch 64", ["attention.html", "words.svg"]],
    [
      "spoken-digits",
      madeUpTakes(3, 1),
      "--hidden 4 --layers 1 --variants 1 --batch 60 --ears plain",
      ["confusion.svg"],
    ],
    ["forecasting", madeUpSeries(1), "--hidden 4 --batch 64", ["forecast.svg"]],
  ])("%s is trained on files put in", async (task, files, options, own) => {
    const paths = await onDisk(task, files);
    const { state, log, cells, ...rest } = await start(task, { data: paths }, `${options} --epochs 1`);
    expect({ state, log }).toEqual({ state: "done", log: expect.stringMatching(/adapter[\s\S]*epoch 1 {2}loss \d/) });
    expect(cells).toEqual(["model", expect.stringMatching(/^\d+\.\d{4}$/), "baseline", expect.stringMatching(/^\d/)]);
    expect(rest.files).toEqual([...own, "model.safetensors", "options.json", "result.json"]);
    expect(rest.pictures).toBe(own.filter((name) => name.endsWith(".svg")).length);
  });

  it("says what a trained model thinks of data without labels, and what is wrong with a form", async () => {
    const download = await page.createCDPSession();
    await download.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    const [series] = await onDisk("ahead", madeUpSeries(2));
    await start("forecasting", {}, "--hidden 4 --epochs 1 --batch 64");
    const bytes = await page.evaluate(async () => {
      const link = [...document.querySelectorAll<HTMLAnchorElement>("#results a")].find(
        ({ textContent }) => textContent === "model.safetensors",
      );
      return [...new Uint8Array(await (await fetch(link?.href ?? "")).arrayBuffer())];
    });
    const model = join(folder, "model.safetensors");
    writeFileSync(model, Uint8Array.from(bytes));
    const { state, cells } = await start("forecasting", { model: [model], unlabelled: [series as string] }, "");
    expect({ state, rows: cells.length / 4 }).toEqual({ state: "done", rows: 12 });
    const wrong = await start("sentiment", { model: [model] }, "");
    expect(wrong).toMatchObject({ state: "failed", log: expect.stringContaining("is not a model of sentiment") });
    const unknown = await start("sentiment", {}, "--horizon 3");
    expect(unknown.log).toContain("options: --horizon is none; there are --epochs, --seed, --text-column");
  });
});
