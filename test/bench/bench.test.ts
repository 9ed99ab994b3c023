// The benchmark's machinery, whole, on a case too small to say anything about time.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { benchCases, findCase, smokeCase } from "../../bench/cases/index.ts";
import { pageCases } from "../../bench/cases/page.ts";
import { runWithoutBroken } from "../../bench/outcome.ts";
import { disagreement } from "../../bench/page/compare.ts";
import { pairedRatio } from "../../bench/page/paired.ts";
import { arePeersInstalled } from "../../bench/peers/install.ts";
import { reportPage } from "../../bench/report/page.ts";
import { readReport } from "../../bench/report/read.ts";
import { runBench } from "../../bench/run.ts";
import { formatReport } from "../../bench/table.ts";
import type { CaseReport, Paired, SessionResult } from "../../bench/types.ts";
import { formatVerdict, verdictOf } from "../../bench/verdict.ts";
import { root } from "../../harness/setup/paths.mjs";

test("no two cases have one name", () => {
  const names = benchCases.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});

test("numbers that are off, missing or not numbers disagree", () => {
  const ours = { loss: [1], y: [1, -2, 0] };
  expect(disagreement(ours, { loss: [1], y: [1.001, -2, 0.0005] })).toBeUndefined();
  expect(disagreement(ours, { loss: [1.001], y: [1, -2, 0] })).toContain("loss[0]");
  expect(disagreement(ours, { loss: [1], y: [1, -2, 0.1] })).toContain("y[2] is 0.1");
  expect(disagreement(ours, { loss: [1], y: [1, Number.NaN, 0] })).toContain("NaN");
  expect(disagreement(ours, { loss: [1] })).toBe("gives no y");
});

test("a pair's ratio is the median of neighbours, with an interval by order statistics", () => {
  const before = Array.from({ length: 15 }, (_, i) => 1 + i); // the machine gets slower and slower
  const after = before.map((ms, i) => ms * (1 + (i - 7) / 100));
  const { ratio, low, high, rounds } = pairedRatio(after, before);
  expect(rounds).toBe(15);
  expect(ratio).toBeCloseTo(1, 12);
  // ranks 4 and 12 of 15: 96.5% by the binomial distribution
  expect(low).toBeCloseTo(0.96, 12);
  expect(high).toBeCloseTo(1.04, 12);
  expect(pairedRatio([2, 4], [1, 1]).ratio).toBe(3);
});

test("cases of the page are known by their names, and one of a size is no other's", () => {
  const names = pageCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, work } of pageCases) expect(findCase(name).work).toEqual(work);
});

test("a file of results is read, and refused with the field that is wrong", () => {
  const folder = join(root, "bench", "results");
  const file = readFileSync(join(folder, "attention-swiftshader.json"), "utf8");
  const report = readReport(file, "attention.json");
  expect(report.cases.length).toBeGreaterThan(0);
  const isRefused = (change: object, why: string) =>
    expect(() => readReport(JSON.stringify({ ...report, ...change }), "a.json")).toThrow(
      `a.json is no result of the benchmark: ${why}`,
    );
  isRefused({ adapter: 7 }, "adapter: expected a text, got 7");
  isRefused({ cases: [{ name: "x" }] }, "cases[0].suite: expected one of workloads");
  const [first] = report.cases;
  isRefused({ cases: [{ ...first, results: { other: {} } }] }, "cases[0].results: expected one of seqgrad");
  isRefused({ cases: [{ ...first, failed: null }] }, "cases[0].failed: expected an object, got null");
  isRefused({ dispatchCost: {} }, "dispatchCost.rounds: expected a number, got nothing");
  expect(() => readReport(file.slice(0, 100), "a.json")).toThrow("a.json is not JSON");
});

test("who breaks a session is left out, and the others begin again", async () => {
  const asked: string[][] = [];
  const result = { results: {}, failed: {} } as unknown as SessionResult;
  const outcome = await runWithoutBroken(["seqgrad", "tfjs", "jax"], async (engines, take) => {
    asked.push([...engines]);
    if (engines.includes("tfjs")) {
      take({ type: "progress", engine: "tfjs", phase: "first call" });
      return "the page crashed";
    }
    take({ type: "result", result });
    return undefined;
  });
  expect(asked).toEqual([
    ["seqgrad", "tfjs", "jax"],
    ["seqgrad", "jax"],
  ]);
  expect(outcome).toEqual({ result, failed: { tfjs: "failed: (tfjs, first call) the page crashed" } });
  const alone = await runWithoutBroken(["seqgrad"], async () => "gone");
  expect(alone).toEqual({ error: "(limits, starting) gone", failed: {} });
});

test("a change fails by the mean of all cases, or by one case beyond doubt", () => {
  const report = (name: string, ratio: number, low = ratio, high = ratio): CaseReport => {
    const paired: Paired = { ratio, low, high, rounds: 15 };
    return { name, suite: "layers", results: {}, failed: {}, ratio: {}, paired };
  };
  expect(verdictOf([])).toBeUndefined();
  expect(verdictOf([report("a", 1.1, 1.02, 1.2), report("b", 0.9)])).toMatchObject({ ok: true, slower: [] });
  expect(verdictOf([report("a", 1.02), report("b", 1.02)])).toMatchObject({ ok: false, slower: [] });
  expect(verdictOf([report("a", 1.04), report("b", 0.9)])).toMatchObject({ ok: false, slower: ["a"] });
  expect(formatVerdict([report("a", 1.04)])).toContain("FAILS");
});

test("a case runs in Chromium, beside itself and, where it is installed, TensorFlow.js, and is reported", async () => {
  // Never installs anything: that is the benchmark's own affair.
  const peers = arePeersInstalled() ? (["tfjs"] as const) : [];
  const run = { cases: [smokeCase], peers, host: "chromium", quick: true, budgetMs: 200, against: "HEAD" } as const;
  const report = await runBench(run);
  const [found] = report.cases;
  expect(found?.failed).toEqual({});
  expect(Object.keys(found?.results ?? {})).toEqual(["seqgrad", "before", ...peers]);
  const ours = found?.results.seqgrad;
  // A step is one submit, also as the page itself counts.
  expect(ours?.submits).toBe(1);
  expect(ours?.dispatches).toBeGreaterThan(2 * 3);
  expect(ours?.samples).toBeGreaterThan(1);
  for (const limit of Object.values(report.limits)) expect(limit).toBeGreaterThan(0);
  if (report.adapterKind === "software") expect(report.adapter).toContain("(software)");

  expect(found?.paired?.rounds).toBeGreaterThanOrEqual(15);
  expect(formatReport(report)).toMatch(/smoke.*geometric mean/s);
  const page = reportPage([JSON.parse(JSON.stringify(report))]);
  expect(page).toContain("<td>smoke</td>");
  expect(page).toContain("<svg");
  expect(page).not.toMatch(/(src|href)=|@import|url\(/);
}, 120_000);
