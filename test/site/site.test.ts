/** The page, driven in headless Chromium. `npm run site:test` drives all of it, `npm test` what is quick. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensurePackagesOf } from "../../harness/setup/packages.mjs";
import { root } from "../../harness/setup/paths.mjs";
import { seriousFaults } from "./axe.ts";
import { OpenedSite, press, shown, until } from "./opened.ts";

const missing = await ensurePackagesOf("site", "what the page is built with").then(
  () => "",
  (error: Error) => error.message,
);
if (missing) console.log(`site: not tested, its packages cannot be installed: ${missing}`);

describe.skipIf(missing !== "")("the page", () => {
  let site: OpenedSite;
  beforeAll(async () => {
    site = await OpenedSite.open();
  });
  afterAll(() => site?.close());

  test("its components fit their types", () => {
    const compiler = join(root, "site", "node_modules", "vue-tsc", "bin", "vue-tsc.js");
    const { stdout, status } = spawnSync(process.execPath, [compiler, "--noEmit", "-p", join(root, "site")], {
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  test("trains a text, shows what it learns, and asks nobody else for anything", async () => {
    const { page, faults } = await site.page("/playground.html#task=text&length=16&hidden=32&steps=40&batch=8");
    expect((await shown(page)).state).toBe("idle");
    await press(page, '[data-test="start"]');
    const { losses, validations, sample, opened } = await until(page, "training", ({ state }) => state === "done");
    expect(losses).toHaveLength(40);
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) - 0.3);
    expect(validations.map(({ step }) => step)).toEqual([10, 20, 30, 40]);
    expect(sample?.kind === "text" && sample.text.length).toBe(140);
    expect(opened?.dispatches).toBeGreaterThan(20);
    const chart = await page.$eval('[aria-label^="Loss by step"]', (element) => element.getAttribute("aria-label"));
    expect(chart).toContain(`${(losses.at(-1) as number).toPrecision(3)} at step 40`);
    expect(await page.$eval(".u-over", (element) => element.clientWidth)).toBeGreaterThan(200);

    await press(page, "#tab-inside");
    await page.waitForSelector(".map canvas");
    const maps = await page.$$eval(".map canvas", (all) =>
      all.map((canvas) => {
        const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        const colours = new Set(
          Array.from({ length: pixels.length / 4 }, (_, i) => pixels.slice(4 * i, 4 * i + 3).join()),
        );
        return {
          name: canvas.getAttribute("aria-label")?.split(":")[0],
          width: canvas.width,
          height: canvas.height,
          colours: colours.size,
        };
      }),
    );
    expect(maps.map(({ name }) => name).sort()).toEqual(
      ["candidate g", "cell state c", "forget gate f", "hidden state h", "input gate i", "output gate o"].sort(),
    );
    for (const { width, height, colours } of maps) {
      expect([width, height]).toEqual([16, 32]);
      expect(colours).toBeGreaterThan(20);
    }
    await page.focus(".map canvas");
    await page.keyboard.press("ArrowRight");
    expect(await page.$eval(".said", (element) => element.textContent)).toMatch(/^unit \d+, step 1 “.”: -?[\d.]+$/);

    await press(page, "#tab-kernels");
    await page.waitForSelector(".kernels .name");
    await press(page, ".kernels .name");
    expect(await page.$eval(".kernels pre", (element) => element.textContent)).toContain("@compute");
    expect(await seriousFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("is seen before 150 KB have come", async () => {
    const bodies: Promise<Uint8Array>[] = [];
    const { page } = await site.page("/playground.html", async (opening) => {
      opening.on("response", (response) => {
        if (response.ok() && response.url().startsWith("http")) bodies.push(response.buffer());
      });
    });
    const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body).length);
    expect(sizes.length).toBeGreaterThan(5);
    const whole = sizes.reduce((sum, size) => sum + size, 0);
    console.log(`first view of the playground: ${(whole / 1000).toFixed(1)} KB gzip in ${sizes.length} files`);
    expect(whole).toBeLessThan(150_000);
    await page.close();
  });
});
