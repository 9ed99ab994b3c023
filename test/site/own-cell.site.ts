/** The panel with a cell of one's own: what it shows, trains and keeps, and what it says of faults. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import { seriousFaults } from "./axe.ts";
import { OpenedSite, press } from "./opened.ts";
import { testLocked } from "./own-cell-locked.ts";
import { callsOf, cellOf, focus, open, settled, small, write } from "./own-cell-page.ts";

const pictures = join(root, "runs", "site");

describe("a cell of one's own", () => {
  let site: OpenedSite;
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    site = await OpenedSite.open();
  });
  afterAll(() => site?.close());

  testLocked(() => site);

  test("is traced as it is written: graph, what leaves the loop, kernels", async () => {
    const { page, faults, first } = await open(site);
    expect(first.failure).toBeNull();
    await focus(page);
    await page.keyboard.type("// typed");
    await page.keyboard.press("Enter");
    expect((await settled(page)).text).toMatch(/^\/\/ typed\n/);
    const written = await write(page, cellOf("const h = tanh(add(linear(x, W), linear(before, U)));"));
    expect([written.failure, written.faults]).toEqual([null, []]);
    // recall has 17 numbers at each step
    expect(written.parameters).toBe(8 * 17 + 8 * 8);
    const lines = (title: string, name: string) => callsOf(written.passes, title, name).map(({ call }) => call);
    expect(lines("Forward", "before").some((call) => /^matmul\(.*cell\.W/.test(call))).toBe(true);
    const hoisted = callsOf(written.passes, "Forward", "before").find(({ call }) => /^matmul\(.*cell\.W/.test(call));
    expect(hoisted?.line).toBe(8);
    expect(lines("Forward", "step").join("\n")).toMatch(/matmul\(.*cell\.U/);
    expect(lines("Forward", "step").join("\n")).not.toContain("cell.W");
    expect(lines("Backward", "step").join("\n")).toMatch(/matmul\(.*cell\.U/);
    // the gradients of both weights, of all steps at once
    expect(lines("Backward", "after").filter((call) => call.startsWith("matmul("))).toHaveLength(2);
    expect(callsOf(written.passes, "Forward", "step").find(({ call }) => call.startsWith("tanh"))?.line).toBe(8);
    expect(written.svg).toContain("cell.U");
    expect(await page.$eval('[aria-label="Graph of one step"] img', (img) => img.complete && img.naturalWidth)).toBe(
      Number(/width="([\d.]+)"/.exec(written.svg)?.[1]),
    );
    expect(written.kernels.some((name) => name.startsWith("loop_"))).toBe(true);
    const name = '[aria-label="Kernels of the cell"] tr:has(td) .name';
    await press(page, name);
    const wgsl = await page.$eval('[aria-label="Kernels of the cell"] pre', (element) => element.textContent);
    expect(wgsl).toContain("@compute");
    expect(faults).toEqual([]);
    await page.close();
  });

  test("every example is traced, and fits its types", async () => {
    const { page, faults } = await open(site);
    const values = await page.$$eval('[data-test="own-choice"] option', (all) => all.map(({ value }) => value));
    expect(values.length).toBeGreaterThanOrEqual(7);
    for (const value of values) {
      await page.select('[data-test="own-choice"]', value);
      const { failure, faults: found, passes } = await settled(page);
      expect([value, failure, found]).toEqual([value, null, []]);
      expect(callsOf(passes, "Forward", "step").length).toBeGreaterThan(2);
    }
    expect(faults).toEqual([]);
    await page.close();
  });

  test("trains beside an LSTM, on the same batches", async () => {
    const { page, faults } = await open(site);
    await write(page, cellOf("const h = tanh(add(linear(x, W), linear(before, U)));"));
    await press(page, '[data-test="own-train"]');
    await page.waitForFunction("seqgradOwnCell.doing.value === 'training'");
    const { failure, runs } = await settled(page);
    expect(failure).toBeNull();
    expect(runs.map(({ label }) => label)).toEqual(["Your cell", "LSTM"]);
    for (const { points, validations } of runs) {
      expect(points.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(points.every(({ loss }) => Number.isFinite(loss))).toBe(true);
      expect(validations.map(({ step }) => step)).toEqual([10, 20]);
    }
    expect(runs[0]?.points).not.toEqual(runs[1]?.points);
    const said = await page.$eval(".own [aria-label^='Loss by step']", (chart) => chart.getAttribute("aria-label"));
    for (const { label, points } of runs) expect(said).toContain(`${label}: ${points.at(-1)?.loss.toPrecision(3)} at`);
    // the library's own LSTM, by the same seed and settings, has the very same curve
    await press(page, '[data-test="start"]');
    await page.waitForFunction("seqgradPlayground.state.value === 'done'", { timeout: 60_000 });
    const losses = await page.evaluate("seqgradPlayground.current.value.points.map(({ loss }) => loss)");
    expect(runs[1]?.points.map(({ loss }) => loss)).toEqual(losses);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("says what is wrong, and where", async () => {
    const { page, faults } = await open(site);
    const syntax = await write(page, cellOf("const h = tanh(add(x, ;"));
    expect(syntax.faults[0]).toMatchObject({ kind: "syntax", place: { line: 8, column: 27 } });
    expect(await page.$eval('[data-test="own-faults"]', (list) => list.textContent)).toContain("8:27");
    const type = await write(page, cellOf('const h = tanh(mul(before, "2"));'));
    expect(type.faults[0]).toMatchObject({ kind: "type", place: { line: 8, column: 32 } });
    await press(page, '[data-test="own-faults"] button');
    expect(await page.evaluate("document.activeElement.dataset.test")).toBe("editor");
    const shape = await write(page, cellOf("const h = tanh(add(linear(x, U), linear(before, W)));"));
    expect(shape.failure).toMatchObject({ name: "ShapeError", place: { line: 8 } });
    expect(shape.failure?.message).toContain("do not fit");
    const thrown = await write(page, cellOf("if (x.shape.length === 2) throw new Error('mine'); const h = before;"));
    expect(thrown.failure).toMatchObject({ name: "Error", message: "mine", place: { line: 8 } });
    const endless = await write(page, cellOf("for (;;); const h = before;"));
    expect(endless.failure?.name).toBe("TimeLimit");
    // and the next one has another worker
    const whole = await write(page, cellOf("const h = tanh(add(linear(x, W), linear(before, U)));"));
    expect([whole.failure, whole.faults]).toEqual([null, []]);
    await write(page, cellOf("const h = log(sub(tanh(add(linear(x, W), linear(before, U))), 2));"));
    await press(page, '[data-test="own-train"]');
    await page.waitForFunction("seqgradOwnCell.doing.value === 'training'");
    const { failure, runs } = await settled(page);
    expect(failure).toMatchObject({ name: "NonFiniteError" });
    expect(failure?.message).toContain("Your cell gave no numbers at step 1");
    expect(runs[0]?.points).toEqual([]);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("is kept, goes with a link, and the keyboard leaves the editor", async () => {
    const { page, faults } = await open(site);
    const text = `// mine\n${cellOf("const h = tanh(add(linear(x, W), mul(before, 0.5)));")}`;
    await write(page, text);
    await focus(page);
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.dataset.test ?? ''")).not.toBe("editor");
    await page.evaluate("navigator.clipboard.writeText = async (text) => void (globalThis.copied = text)");
    await press(page, '[data-test="own-link"]');
    await page.waitForFunction("globalThis.copied");
    const link = (await page.evaluate("copied")) as string;
    expect(link.length).toBeLessThan(1500);
    await page.reload({ waitUntil: "networkidle0" });
    await press(page, "#tab-own");
    expect((await settled(page)).text).toBe(text);
    expect(
      await page.$$eval('[data-test="own-choice"] option', (all) => all.map((each) => each.textContent)),
    ).toContain("Yours: mine");
    await page.evaluate("localStorage.clear()");
    await page.close();
    const other = await site.page(link.slice(site.server.origin.length));
    const opened = await settled(other.page);
    expect([opened.text, opened.failure, opened.runs]).toEqual([text, null, []]);
    expect(await other.page.evaluate("seqgradPlayground.settings.task")).toBe("recall");
    expect([...faults, ...other.faults]).toEqual([]);
    await other.page.close();
  });

  test("looks well, wide and narrow, by day and by night", async () => {
    const { page, faults } = await open(site, `${small}&hidden=16&batch=4`, (opening) =>
      opening.setViewport({ width: 1280, height: 900 }),
    );
    await page.select('[data-test="own-choice"]', "example 3");
    await settled(page);
    await press(page, '[data-test="own-train"]');
    await page.waitForFunction("seqgradOwnCell.doing.value === 'training'");
    await settled(page);
    await press(page, '[aria-label="Kernels of the cell"] .name');
    for (const width of [1280, 360]) {
      for (const theme of ["light", "dark"]) {
        await page.setViewport({ width, height: 900 });
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
        await new Promise((resolve) => setTimeout(resolve, 400));
        expect(await page.evaluate("document.documentElement.classList.contains('dark')")).toBe(theme === "dark");
        expect(await seriousFaults(page)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
        await page.evaluate("scrollTo(0, 0)");
        await page.screenshot({ path: join(pictures, `own-${width}-${theme}.png`), fullPage: true });
      }
    }
    const narrow = '.own [data-test="own-faults"]';
    await write(page, cellOf('const h = tanh(mul(before, "2"));'));
    await page.waitForSelector(narrow);
    expect(await seriousFaults(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    await page.screenshot({ path: join(pictures, "own-fault-360-dark.png"), fullPage: true });
    expect(faults).toEqual([]);
    await page.close();
  });
});
