/** What is switched, chosen and spoken while something trains, each by what comes of it. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "puppeteer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import type { Inside, ProfileRow, TaskData } from "../../site/playground/protocol.ts";
import { seriousFaults } from "./axe.ts";
import { OpenedSite, press, shown, until } from "./opened.ts";

/** A microphone that beeps, and is allowed. */
const microphone = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"];

describe("what is switched while it trains", () => {
  let site: OpenedSite;
  beforeAll(async () => {
    site = await OpenedSite.open(microphone);
    await site.browser.defaultBrowserContext().overridePermissions(site.server.origin, ["microphone"]);
  });
  afterAll(() => site?.close());

  async function train(address: string) {
    const { page, faults } = await site.page(`/playground.html#${address}`);
    await press(page, '[data-test="start"]');
    const end = await until(page, address, ({ state }) => state === "done", 120);
    return { page, faults, end };
  }

  /** Of the page's own engine. */
  const engine = <T>(page: Page, what: string) => page.evaluate(`seqgradPlayground.${what}`) as Promise<T>;

  const attention = async (page: Page) => {
    const { step, example, attention } = await engine<Inside>(page, "inside.value");
    const [map] = attention;
    if (!map) throw new Error("no attention is shown");
    const values = await page.evaluate("Array.from(seqgradPlayground.inside.value.attention[0].values)");
    return { step, example, rows: map.rows, columns: map.columns, from: map.from, values: values as number[] };
  };

  test("encoder and decoder: what the answer looks at, live and by sequence", async () => {
    const { page, faults } = await site.page(
      "/playground.html#task=copy&cell=seq2seq&length=2&hidden=32&steps=500&batch=32&rate=0.02",
    );
    expect(await page.$$eval("#field-cell option", (all) => all.map(({ value }) => value))).toContain("seq2seq");
    await press(page, '[data-test="start"]');
    await until(page, "the first steps", ({ step }) => step > 5);
    await press(page, "#tab-inside");
    await expect.poll(() => engine(page, "inside.value?.step"), { timeout: 60_000 }).toBeGreaterThan(0);
    const early = await attention(page);
    await until(page, "its end", ({ state }) => state === "done", 180);
    await expect.poll(async () => (await attention(page)).step, { timeout: 30_000 }).toBe(500);
    const late = await attention(page);
    expect(early.step).toBeLessThan(500);
    // five symbols are answered, of five symbols and two steps of silence
    expect([late.rows, late.columns, late.from]).toEqual([5, 7, 7]);
    for (let row = 0; row < 5; row++) {
      const weights = late.values.slice(7 * row, 7 * row + 7);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4);
      // the answer's symbols are those of the question, in their order
      expect(weights.indexOf(Math.max(...weights))).toBe(row);
    }
    await page.select(".options select", "3");
    await expect.poll(async () => (await attention(page)).example).toBe(3);
    expect((await attention(page)).values).not.toEqual(late.values);
    await page.focus(".heads canvas");
    await page.keyboard.press("ArrowRight");
    await expect
      .poll(() => page.$eval(".heads .said", (each) => each.textContent))
      .toMatch(/^asking “.+”, step 1 “[A-H]”: [01]\.\d{3}$/);
    expect(
      await page.$$eval(".options select option", (all) => all.map(({ textContent }) => textContent?.trim())),
    ).toContain("Decoder");
    expect(await seriousFaults(page)).toEqual([]);
    await page.evaluate("scrollTo(0, 0)");
    await page.screenshot({ path: join(root, "runs", "site", "attention.png"), fullPage: true });
    // of another task there is no question to read
    await page.select("#field-task", "adding");
    expect(await page.$$eval("#field-cell option", (all) => all.map(({ value }) => value))).not.toContain("seq2seq");
    expect(faults).toEqual([]);
    await page.close();
  });

  test("clipping that holds everything still lets go when it is switched off", async () => {
    const { page, faults } = await site.page(
      "/playground.html#task=parity&length=4&hidden=16&steps=800&optimizer=sgd&schedule=constant&rate=0.1&clip=0.000001",
    );
    await press(page, '[data-test="start"]');
    await until(page, "some steps", ({ step }) => step >= 41);
    await press(page, ".controls .primary");
    const still = await until(page, "a pause", ({ state }) => state === "paused");
    await press(page, "#tab-inside");
    const button = ".gradients section button";
    await page.waitForSelector(button);
    expect(await page.$eval(button, (each) => each.textContent?.trim())).toBe("Clipping at 0.000001: switch it off");
    await press(page, button);
    await expect.poll(() => engine(page, "clip.value")).toBe(0);
    await press(page, '[data-test="start"]');
    const end = await until(page, "its end", ({ state }) => state === "done", 60);
    const held = still.validations.map(({ loss }) => loss);
    expect(held.length).toBeGreaterThanOrEqual(2);
    expect(Math.abs((held.at(-1) as number) - (held[0] as number))).toBeLessThan(1e-4);
    expect(end.losses).toHaveLength(800);
    const freed = end.validations.at(-1)?.loss as number;
    expect(Math.abs(freed - (held.at(-1) as number))).toBeGreaterThan(1e-3);
    await press(page, button);
    await expect.poll(() => engine(page, "clip.value")).toBe(0.000001);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("Measure times each kernel of the step", async () => {
    const { page, faults } = await train("task=parity&length=6&hidden=16&steps=10");
    await press(page, "#tab-kernels");
    await press(page, '[data-test="profile"]');
    await expect.poll(() => engine(page, "profile.value?.length"), { timeout: 60_000 }).toBeGreaterThan(0);
    const rows = await engine<readonly ProfileRow[]>(page, "profile.value");
    expect(rows.reduce((sum, { calls }) => sum + calls, 0)).toBe((await shown(page)).opened?.dispatches);
    expect(rows.every(({ milliseconds }) => milliseconds >= 0)).toBe(true);
    const times = await page.$$eval(".kernels tbody td:last-child", (cells) =>
      cells.map(({ textContent }) => textContent),
    );
    // browsers round a kernel's time to 65 or 100 µs, and many take less
    expect(times.every((time) => time === "–" || Number(time) >= 0)).toBe(true);
    expect(times.reduce((sum, time) => sum + (Number(time) || 0), 0)).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("the microphone asks for a digit, and teaches one", async () => {
    const { page, faults } = await train("task=digits&hidden=16&steps=15&batch=8");
    const [ask, teach] = [".sounds .row:first-child button", ".sounds .row:nth-child(2) button"];
    await press(page, ask);
    const heard = await page.waitForSelector('.sounds [role="status"]');
    const said = (await heard?.evaluate((each) => each.textContent)) ?? "";
    expect(said.match(/\d \(\d+%\)/g)).toHaveLength(3);
    await page.select('[aria-label="The digit to teach"]', "7");
    await press(page, teach);
    const kind = async () => (await engine<TaskData>(page, "data.value")).kind;
    await expect.poll(kind, { timeout: 10_000 }).toBe("sounds");
    expect(await engine(page, "data.value.files.map(({ name }) => name)")).toEqual(["7_visitor_0.wav"]);
    const bytes = await engine<number[]>(page, "data.value.files.map(({ bytes }) => Array.from(bytes))[0]");
    expect(String.fromCharCode(...bytes.slice(0, 4))).toBe("RIFF");
    // a beep, not silence
    const samples = new Int16Array(Uint8Array.from(bytes.slice(44, 44 + 2 * ((bytes.length - 44) >> 1))).buffer);
    expect(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)).toBeGreaterThan(1000);
    expect(faults).toEqual([]);
    await page.close();
  });

  test("the column of a table is chosen from its columns of numbers", async () => {
    const { page, faults } = await site.page("/playground.html#task=series&steps=5&length=8&batch=4&column=wind");
    const rows = Array.from({ length: 80 }, (_, t) => `day ${t},${Math.sin(t / 3)},${t % 7}`);
    const path = join(mkdtempSync(join(tmpdir(), "seqgrad-site-")), "table.csv");
    writeFileSync(path, `day,wave,week\n${rows.join("\n")}\n`);
    const input = await page.waitForSelector('[data-test="file"]');
    await (input as unknown as { uploadFile(path: string): Promise<void> }).uploadFile(path);
    await page.waitForSelector("select#field-column");
    expect(
      await page.$$eval("#field-column option", (all) => all.map(({ textContent }) => textContent?.trim())),
    ).toEqual(["the last one, week", "wave", "week"]);
    // what the address asked for is not there
    expect(await page.$eval("select#field-column", (each) => each.value)).toBe("");
    await page.select("#field-column", "wave");
    expect(await page.evaluate("location.hash")).toContain("column=wave");
    await press(page, '[data-test="start"]');
    expect((await until(page, "the column", ({ state }) => state === "done")).opened?.columns).toEqual(["wave"]);
    expect(faults).toEqual([]);
    await page.close();
  });
});
