// The benchmark's machinery, whole, on a case too small to say anything about time.
import { expect, test } from "vitest";
import { benchCases, smokeCase } from "../bench/cases/index.ts";
import { disagreement } from "../bench/page/compare.ts";
import { arePeersInstalled } from "../bench/peers/install.ts";
import { reportPage } from "../bench/report/page.ts";
import { runBench } from "../bench/run.ts";
import { formatReport } from "../bench/table.ts";

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

test("a case runs in Chromium, beside TensorFlow.js where it is installed, and is reported", async () => {
  // Never installs anything: that is the benchmark's own affair.
  const peers = arePeersInstalled() ? (["tfjs"] as const) : [];
  const report = await runBench({ cases: [smokeCase], peers, host: "chromium", quick: true, budgetMs: 200 });
  const [found] = report.cases;
  expect(found?.failed).toEqual({});
  expect(Object.keys(found?.results ?? {})).toEqual(["seqgrad", ...peers]);
  const ours = found?.results.seqgrad;
  // A step is one submit, also as the page itself counts.
  expect(ours?.submits).toBe(1);
  expect(ours?.dispatches).toBeGreaterThan(2 * 3);
  expect(ours?.samples).toBeGreaterThan(1);
  for (const limit of Object.values(report.limits)) expect(limit).toBeGreaterThan(0);
  if (report.adapterKind === "software") expect(report.adapter).toContain("(software)");

  expect(formatReport(report)).toContain("smoke");
  const page = reportPage([JSON.parse(JSON.stringify(report))]);
  expect(page).toContain("<td>smoke</td>");
  // ratios are drawn where there is somebody to compare with
  expect(page.includes("<svg")).toBe(peers.length > 0);
  expect(page).not.toMatch(/(src|href)=|@import|url\(/);
}, 120_000);
