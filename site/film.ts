// Films a training for README.md: node harness/with-adapter.mjs node harness/ts.mjs site/film.ts. For a quiet machine.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer";
import { launchBrowser } from "../harness/hosts/browser.ts";
import { serve } from "../harness/hosts/serve.ts";
import { cache, root } from "../harness/setup/paths.mjs";
import { until } from "../test/site/opened.ts";
import { buildSite } from "./build.ts";

const address = "#task=text&hidden=24&length=24&steps=300";
const size = { width: 1280, height: 1500 };
/** Of the film, which shows the page smaller. */
const WIDTH = 800;
const FRAME_MS = 400;
/** A film is twice as fast as what happened, and stays at the end for a while. */
const [SPEED, LAST_MS] = [2, 2500];
const MOST_BYTES = 1_000_000;

interface Frame {
  readonly png: Uint8Array;
  readonly at: number;
}

async function filmTraining(page: Page): Promise<Frame[]> {
  const clip = { x: 0, y: 64, width: size.width, height: size.height - 64 };
  const frames: Frame[] = [];
  let isDone = false;
  const done = until(page, "training", ({ state }) => state === "done", 600).then(() => {
    isDone = true;
  });
  while (!isDone) {
    frames.push({ png: await page.screenshot({ clip }), at: performance.now() });
    await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
  }
  await done;
  frames.push({ png: await page.screenshot({ clip }), at: performance.now() });
  return frames;
}

/** What draws films is needed for nothing else, so it is no package of the site's. */
function sharpFor(): (input: unknown, options?: unknown) => SharpImage {
  const folder = join(cache, "film");
  if (!existsSync(join(folder, "node_modules", "sharp"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true, "dependencies": { "sharp": "0.35.5" } }\n');
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder, stdio: "inherit" });
  }
  return createRequire(join(folder, "package.json"))("sharp");
}

interface SharpImage {
  resize(width: number): SharpImage;
  png(): SharpImage;
  webp(options: object): SharpImage;
  toBuffer(): Promise<Uint8Array>;
  toFile(path: string): Promise<unknown>;
}

async function writeFilm(frames: readonly Frame[], path: string): Promise<void> {
  const sharp = sharpFor();
  const small = await Promise.all(frames.map(({ png }) => sharp(png).resize(WIDTH).png().toBuffer()));
  const delay = frames.map(({ at }, i) => {
    const next = frames[i + 1];
    return next ? Math.round((next.at - at) / SPEED) : LAST_MS;
  });
  await sharp(small, { join: { animated: true } })
    .webp({ delay, loop: 0, quality: 55, effort: 6, minSize: true })
    .toFile(path);
}

export async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "seqgrad-site-"));
  await buildSite(folder);
  const server = await serve(folder, {});
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.setViewport(size);
    await page.goto(`${server.origin}/playground.html${address}`, { waitUntil: "networkidle0" });
    await page.click('[data-test="start"]');
    await page.waitForSelector("#tab-inside");
    await page.click("#tab-inside");
    await page.evaluate("scrollTo(0, 0); document.activeElement.blur()");
    const frames = await filmTraining(page);
    const path = join(root, "site", "public", "training.webp");
    await writeFilm(frames, path);
    const { size: bytes } = statSync(path);
    console.log(`${frames.length} frames, ${(bytes / 1000).toFixed(0)} KB: ${path}`);
    return bytes <= MOST_BYTES ? 0 : 1;
  } finally {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
