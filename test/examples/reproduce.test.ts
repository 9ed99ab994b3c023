// npm run examples: runs that are repeated, and what is said of their figures.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { committedIn, gain, holds } from "../../harness/examples/figures.mjs";
import { runProcess } from "../../harness/hosts/process.ts";
import { root } from "../../harness/setup/paths.mjs";

vi.setConfig({ testTimeout: 120_000 });

const results = join(root, "examples", "results");

describe("figures", () => {
  it("are no worse than their tolerance allows, each in its own direction", () => {
    expect(holds("accuracy", 0.951, 0.96)).toBe(true);
    expect(holds("accuracy", 0.949, 0.96)).toBe(false);
    expect(holds("accuracy", 1, 0.96)).toBe(true);
    expect(holds("mae", 20.5, 20)).toBe(true);
    expect(holds("mae", 20.7, 20)).toBe(false);
    expect(holds("falseAlarms", 3, 2)).toBe(false);
    expect(holds("learned lstm", 0, 1)).toBe(false);
    // of no known kind: near, in either direction
    expect([holds("speed", 97.5, 100), holds("speed", 104, 100)]).toEqual([true, false]);
    expect([gain("accuracy", 0.9, 0.8), gain("mae", 3, 2), gain("speed", 1, 2)]).toEqual([
      expect.closeTo(0.1),
      -1,
      undefined,
    ]);
  });

  it("are found in every committed result, with the example that makes them", () => {
    const examples = readdirSync(join(root, "examples"));
    for (const file of readdirSync(results).filter((each) => each.endsWith(".json"))) {
      const json = JSON.parse(readFileSync(join(results, file), "utf8"));
      const committed = committedIn(file.replace(".json", ""), json);
      expect(examples, file).toContain(committed?.example);
      const figures = Object.values(committed?.figures ?? {});
      expect(figures.length, file).toBeGreaterThan(0);
      expect(figures.every(Number.isFinite), file).toBe(true);
    }
  });
});

describe("npm run examples", () => {
  const folder = mkdtempSync(join(tmpdir(), "seqgrad-reproduce-"));
  const put = (name: string, accuracy: number, tested: number) => {
    const made = { metrics: { accuracy }, baseline: { accuracy: 1 }, data: { trained: 28, tested } };
    const options = { data: "$SEQGRAD_DATA/own.tsv", hidden: "4", embed: "4", epochs: "1" };
    const result = { task: "classification", options, ...made };
    writeFileSync(join(folder, "results", `${name}.json`), JSON.stringify(result));
  };
  beforeAll(() => {
    mkdirSync(join(folder, "results"));
    const line = (_: unknown, i: number) => `${i % 2}\t${i % 2 ? "good" : "bad"} thing ${i}\n`;
    writeFileSync(join(folder, "own.tsv"), Array.from({ length: 40 }, line).join(""));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) =>
    runProcess(process.execPath, [join(root, "harness", "examples", "main.mjs"), "--results", "results", ...args], {
      cwd: folder,
      environment: { SEQGRAD_DATA: folder },
    });

  it("repeats what it is asked for and says what fell", async () => {
    put("held", 0.001, 8);
    put("raised", 1.5, 8);
    put("unasked", 2, 8);
    const listed = await run("--list", "held");
    expect(listed).toMatchObject({ code: 0, stderr: "" });
    expect(listed.stdout).toMatch(/^held +npm run example -- classification --data \$SEQGRAD_DATA\/own.tsv --hidden 4/);
    const { code, stdout } = await run("held", "raised");
    expect(stdout).toMatch(/held, \d+ s\n {2}accuracy +holds: [\d.]+, committed 0.001, baseline [\d.]+\n/);
    expect(stdout).toMatch(/raised, \d+ s\n {2}accuracy +fell: [\d.]+, committed 1.5/);
    expect(stdout).toMatch(/\n1 of 2 fell: raised\n$/);
    expect(code).toBe(1);
    const summary = JSON.parse(readFileSync(join(folder, "runs", "examples", "summary.json"), "utf8"));
    expect(summary).toMatchObject([
      { name: "held", figures: [{ fell: false }] },
      { name: "raised", figures: [{ fell: true }] },
    ]);
  });

  it("says what is wrong with what it is asked", async () => {
    expect(await run("other")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no result other; there are"),
    });
    expect(await run("--faster")).toMatchObject({ code: 1, stderr: expect.stringContaining("see --help") });
  });
});
