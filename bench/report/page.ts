import { formatMs } from "../table.ts";
import { type BenchReport, type CaseReport, type EngineName, suites } from "../types.ts";
import { type Bar, drawBars } from "./bars.ts";
import { escapeHtml, htmlTable, style } from "./html.ts";

const titles = {
  workloads: "Training steps of workloads",
  layers: "LSTM and GRU layers",
  kernels: "Single operations",
  attention: "Attention and a small Transformer",
  scaling: "How time grows",
} as const;

/** One page without any outer resource. */
export function reportPage(reports: readonly BenchReport[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>seqgrad: benchmark</title>
<style>${style}</style>
<body>
<h1>seqgrad: benchmark</h1>
<p>How many times longer others take for the same work, in one page on one adapter, taking turns, after their answers
were found to agree. Longer bars are better for seqgrad; left of 1 the other is faster.</p>
${reports.map(reportSection).join("\n")}
</body>
</html>
`;
}

function reportSection(report: BenchReport): string {
  const { adapter, host, browser, commit, date, limits, machine, peers } = report;
  const facts = [
    `${host}, ${browser}`,
    `commit ${commit}`,
    date.slice(0, 10),
    `${machine.cpus} × ${machine.model || "processors"}`,
    `measured limits: ${limits.peakGflops.toFixed(1)} GFLOP/s, ${limits.copyGBs.toFixed(1)} GB/s, ${limits.dispatchMicros.toFixed(1)} µs a dispatch`,
    ...Object.values(peers),
  ];
  return [
    `<h2>${escapeHtml(adapter)}</h2>`,
    `<p class="facts">${facts.map(escapeHtml).join(" · ")}</p>`,
    ...report.notes.map((note) => `<p class="note">${escapeHtml(note)}</p>`),
    ...suites.map((suite) =>
      suiteSection(
        titles[suite],
        report.cases.filter((each) => each.suite === suite),
      ),
    ),
  ].join("\n");
}

function suiteSection(title: string, cases: readonly CaseReport[]): string {
  if (cases.length === 0) return "";
  const bars = cases.flatMap(({ name, ratio }) =>
    Object.entries(ratio).map(([engine, value]): Bar => ({ label: name, engine, ratio: value })),
  );
  const engines = [...new Set(bars.map(({ engine }) => engine))];
  const means = engines.map((engine) => {
    const own = bars.filter((bar) => bar.engine === engine);
    const mean = Math.exp(own.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / own.length);
    return `${engine} ${mean.toFixed(2)}`;
  });
  const failures = cases.flatMap(({ name, failed }) =>
    Object.entries(failed).map(([engine, why]) => [name, engine, (why.split("\n")[0] ?? "").slice(0, 200)]),
  );
  return [
    `<h3>${title}</h3>`,
    bars.length > 0
      ? `<p class="soft">Geometric means: ${escapeHtml(means.join(", "))}</p>${drawBars(title, bars)}`
      : "",
    htmlTable(
      [
        "case",
        "engine",
        "ms a step",
        "spread",
        "× ours",
        "dispatches",
        "submits",
        "MiB",
        "first call, ms",
        "of roofline",
      ],
      cases.flatMap(caseRows),
    ),
    failures.length > 0
      ? `<details><summary>${failures.length} without a result</summary>${htmlTable(["case", "engine", "why"], failures)}</details>`
      : "",
  ].join("\n");
}

function caseRows({ name, results, ratio, rooflineShare }: CaseReport): string[][] {
  return Object.entries(results).map(([engine, result], i) => [
    i === 0 ? name : "",
    result.configuration ? `${engine}, ${result.configuration}` : engine,
    formatMs(result.medianMs),
    `${Math.round(100 * result.spread)}%`,
    ratio[engine as EngineName]?.toFixed(2) ?? "",
    String(result.dispatches),
    String(result.submits),
    (result.bytes / 2 ** 20).toFixed(1),
    formatMs(result.firstCallMs),
    engine === "seqgrad" && rooflineShare !== undefined ? `${Math.round(100 * rooflineShare)}%` : "",
  ]);
}
