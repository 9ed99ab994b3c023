/** The benchmark in the visitor's browser: every peer on the smallest cases, the file, and how it looks. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageCase } from "../../bench/cases/page.ts";
import { readReport } from "../../bench/report/read.ts";
import type { BenchReport } from "../../bench/types.ts";
import { root } from "../../harness/setup/paths.mjs";
import { seriousFaults } from "./axe.ts";
import { OpenedSite, press } from "./opened.ts";

const pictures = join(root, "runs", "site");
const file = '[data-test="report-file"]';

describe("the benchmark of the page", () => {
  let site: OpenedSite;
  let measured: BenchReport;
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    site = await OpenedSite.open();
  });
  afterAll(() => site?.close());

  async function open(before?: (page: Page) => Promise<unknown>) {
    const { page, faults } = await site.page("/playground.html", before);
    await press(page, "#tab-benchmark");
    await page.waitForSelector('[data-test="benchmark"]:not(:disabled)');
    return { page, faults };
  }

  /** Leaves nothing ticked but what is named. */
  async function choose(page: Page, works: readonly string[], dispatches: boolean): Promise<void> {
    await page.select("#benchmark-size", "tiny");
    for (const input of await page.$$('.benchmark input[type="checkbox"][value]')) {
      const { isTicked, value } = await input.evaluate((each) => ({ isTicked: each.checked, value: each.value }));
      // one by one: the list of what is ticked follows each
      if (isTicked !== works.includes(value)) await input.evaluate((each) => each.click());
    }
    if (!dispatches) await page.click('[data-test="dispatches"]');
  }

  async function idle(page: Page, seconds: number): Promise<void> {
    await page.waitForSelector('[data-test="benchmark"]', { timeout: 1000 * seconds });
  }

  async function upload(page: Page, path: string): Promise<void> {
    const input = await page.waitForSelector(file);
    await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(path);
  }

  const text = (page: Page, selector: string) =>
    page.$$eval(selector, (found) => found.map(({ textContent }) => textContent).join(" "));

  const cells = (page: Page) =>
    page.$$eval('[data-test="cases"] tbody tr', (rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent?.trim() ?? "")),
    );

  test("loads peers on asking alone, compares all, and gives a file that shows the same when it is read", async () => {
    const loaded: string[] = [];
    const folder = mkdtempSync(join(tmpdir(), "seqgrad-benchmark-"));
    const { page, faults } = await open(async (opening) => {
      opening.on("request", (request) => loaded.push(new URL(request.url()).pathname));
      const session = await opening.createCDPSession();
      await session.send("Page.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
    });
    expect(loaded.filter((path) => path.startsWith("/benchmark/"))).toEqual(["/benchmark/manifest.json"]);
    await choose(page, ["attention-forward", "lstm-training"], true);
    await press(page, '[data-test="benchmark"]');
    await page.waitForSelector('[data-test="stop-benchmark"]');
    // what it goes on with is told, and the page answers meanwhile
    await expect
      .poll(() => text(page, ".benchmark [role=status]"), { timeout: 30_000 })
      .toContain("1 of 3. LSTM, training");
    await idle(page, 400);
    expect(loaded).toContain("/benchmark/onnx.wasm");
    const before = await cells(page);
    await press(page, '[data-test="save-report"]');
    for (let i = 0; i < 100 && !readdirSync(folder).some((name) => name.endsWith(".json")); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const [name = ""] = readdirSync(folder);
    expect(name).toMatch(/^seqgrad-.+-\d{4}-\d\d-\d\d\.json$/);
    measured = readReport(readFileSync(join(folder, name), "utf8"), name);

    expect(measured.host).toBe("page");
    expect(measured.adapter).toBe(await page.$eval('[data-test="adapter"]', (element) => element.textContent));
    expect(Object.keys(measured.peers).sort()).toEqual(["jax", "onnx", "tfjs"]);
    expect(measured.commit).toMatch(/^([0-9a-f]{40}(-dirty)?|unknown)$/);
    const [training, attention] = measured.cases;
    expect(training?.name).toBe(pageCase("lstm-training", "tiny").name);
    expect(attention?.name).toBe(pageCase("attention-forward", "tiny").name);
    // their answers agreed with ours, or they would stand among those that failed
    expect([training?.failed, attention?.failed]).toEqual([{}, {}]);
    expect(Object.keys(training?.results ?? {})).toEqual(["seqgrad", "tfjs", "jax"]);
    expect(Object.keys(attention?.results ?? {})).toEqual(["seqgrad", "tfjs", "jax", "onnx"]);
    for (const { results, pairs } of measured.cases) {
      for (const { medianMs, samples, dispatches } of Object.values(results)) {
        expect(medianMs).toBeGreaterThan(0);
        expect(samples).toBeGreaterThanOrEqual(9);
        expect(dispatches).toBeGreaterThan(0);
      }
      for (const pair of Object.values(pairs ?? {})) {
        expect(pair.low).toBeLessThanOrEqual(pair.ratio);
        expect(pair.high).toBeGreaterThanOrEqual(pair.ratio);
        expect(pair.rounds).toBeGreaterThanOrEqual(9);
      }
      expect(Object.keys(pairs ?? {})).toEqual(Object.keys(results).slice(1));
    }
    expect(measured.dispatchCost?.ways.map(({ way }) => way)).toEqual(
      expect.arrayContaining(["one pass", "pass each", "submit each"]),
    );
    expect(measured.dispatchCost?.roundTrip.median).toBeGreaterThan(0);
    if (measured.adapterKind === "software") {
      expect(measured.adapter).toContain("(software)");
      expect(await page.$eval('[data-test="report-note"]', (element) => element.textContent)).toContain(
        "no GPU figures",
      );
    }

    await page.reload({ waitUntil: "networkidle0" });
    await press(page, "#tab-benchmark");
    await upload(page, join(folder, name));
    await page.waitForSelector('[data-test="dispatch-cost"]');
    expect(await cells(page)).toEqual(before);
    expect(before.length).toBe(2 + 3 + 4);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("ends at once when it is stopped, and keeps what is done", async () => {
    const { page, faults } = await open();
    await choose(page, ["gru-training", "lstm-forward"], false);
    await press(page, '[data-test="benchmark"]');
    await page.waitForSelector('[data-test="cases"]', { timeout: 200_000 });
    expect(page.workers().length).toBeGreaterThan(0);
    await press(page, '[data-test="stop-benchmark"]');
    await idle(page, 5);
    await page.waitForSelector('[data-test="save-report"]:not(:disabled)');
    expect((await cells(page))[0]?.[0]).toBe("LSTM, forward: tiny");
    await expect.poll(() => page.workers().length).toBe(0);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("shows who was wrong without a time, and says what is wrong with a file", async () => {
    const { page, faults } = await open();
    const put = async (name: string, content: string) => {
      const path = join(mkdtempSync(join(tmpdir(), "seqgrad-benchmark-")), name);
      writeFileSync(path, content);
      await upload(page, path);
    };
    const problem = () => text(page, '.benchmark [role="alert"]');
    const [first] = measured.cases;
    const { jax, ...others } = first?.results ?? {};
    const wrong = {
      ...measured,
      cases: [
        { ...first, results: others, failed: { jax: "disagrees: loss[0] is 2, ours is 1 (the largest is 1.00)" } },
      ],
    };
    await put("wrong.json", JSON.stringify(wrong));
    await page.waitForSelector('[data-test="failure"]');
    expect(await page.$eval('[data-test="failure"]', (row) => row.textContent)).toBe(
      "jax-jsIts answer is wrong, so it is not timed. loss[0] is 2, ours is 1 (the largest is 1.00)",
    );
    await put("torn.json", JSON.stringify(measured).slice(0, 200));
    await expect.poll(problem).toContain("torn.json is not JSON");
    await put("other.json", JSON.stringify({ ...measured, adapter: 7 }));
    await expect.poll(problem).toBe("other.json is no result of the benchmark: adapter: expected a text, got 7");
    expect(faults).toEqual([]);
    await page.close();
  });

  for (const width of [1280, 360]) {
    for (const theme of ["light", "dark"]) {
      test(`looks well: ${width} px, ${theme}`, async () => {
        const { page, faults } = await open(async (opening) => {
          await opening.setViewport({ width, height: 900 });
          await opening.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
        });
        const path = join(mkdtempSync(join(tmpdir(), "seqgrad-benchmark-")), "result.json");
        writeFileSync(path, JSON.stringify(measured));
        await upload(page, path);
        await page.waitForSelector('[data-test="dispatch-cost"]');
        expect(await seriousFaults(page)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
        await page.evaluate("scrollTo(0, 0)");
        await page.screenshot({ path: join(pictures, `benchmark-${width}-${theme}.png`), fullPage: true });
        expect(faults).toEqual([]);
        await page.close();
      });
    }
  }
});
