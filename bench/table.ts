import { formatTable } from "../src/plan/describe.ts";
import type { BenchReport, CaseReport, EngineName } from "./types.ts";
import { formatVerdict } from "./verdict.ts";

const engineTitle = (engine: string, configuration: string): string =>
  configuration ? `${engine} (${configuration})` : engine;

export const formatMs = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3));

/** The report as text: a table of every engine's time in every case, then who could not. */
export function formatReport(report: BenchReport): string {
  const { limits, cases } = report;
  const rows = cases.flatMap(rowsOf);
  const failures = cases.flatMap(({ name, failed }) =>
    Object.entries(failed).map(([engine, why]) => `  ${name}, ${engine}: ${why.split("\n")[0]}`),
  );
  return [
    `${report.adapter} in ${report.host} (${report.browser}), ${report.commit.slice(0, 12)}, ${report.date}`,
    `limits: ${limits.peakGflops.toFixed(1)} GFLOP/s, ${limits.copyGBs.toFixed(1)} GB/s, ${limits.dispatchMicros.toFixed(1)} µs a dispatch`,
    ...report.notes.map((note) => `note: ${note}`),
    formatTable(
      ["case", "engine", "ms", "spread", "× ours", "dispatches", "submits", "MiB", "first call ms", "of roofline"],
      rows,
    ),
    ...(failures.length > 0 ? ["without a result:", ...failures] : []),
    ...(report.against === undefined ? [] : [`against ${report.against.slice(0, 12)}`, formatVerdict(cases)]),
  ].join("\n");
}

function rowsOf({ name, results, ratio, rooflineShare }: CaseReport): string[][] {
  return Object.entries(results).map(([engine, result], i) => [
    i === 0 ? name : "",
    engineTitle(engine, result.configuration),
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
