// npm run bench: see README.md beside it.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { benchCases, smokeCase } from "./cases/index.ts";
import { runDispatchCost } from "./dispatch-cost.ts";
import { runFirstCalls } from "./first-calls.ts";
import { type BenchOptions, parseOptions } from "./options.ts";
import { runBench } from "./run.ts";
import { formatMs, formatReport } from "./table.ts";
import type { BenchCase, BenchReport } from "./types.ts";
import { verdictOf } from "./verdict.ts";

const BUDGET_SECONDS = 40;
const QUICK_BUDGET_SECONDS = 8;

export async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  // Read by whatever opens an adapter from here on.
  if (options.adapter) process.env.SEQGRAD_ADAPTER = options.adapter;
  if (options.dispatchCost) return runDispatchCost(options);
  const cases = choose(options);
  if (cases.length === 0) {
    console.error("error: no case is chosen");
    return 1;
  }
  const { peers, host, quick, json, against, firstCalls } = options;
  if (firstCalls !== undefined) return runFirstCalls({ cases, peers, host, quick, against, rounds: firstCalls, json });
  const budgetMs = 1000 * (options.budget ?? (quick ? QUICK_BUDGET_SECONDS : BUDGET_SECONDS));
  const write = (report: BenchReport): void => {
    if (!json) return;
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  };
  let count = 0;
  const report = await runBench({
    cases,
    peers,
    host,
    quick,
    budgetMs,
    against,
    onReport: write,
    onCase({ name, result, error }) {
      const times = Object.entries(result?.results ?? {}).map(
        ([engine, { medianMs }]) => `${engine} ${formatMs(medianMs)} ms`,
      );
      const failures = Object.keys(result?.failed ?? {}).map((engine) => `${engine} failed`);
      const said = error ? `FAILED ${error}` : [...times, ...failures].join(", ");
      console.log(`${++count}/${cases.length} ${name}: ${said}`);
    },
  });
  console.log(`\n${formatReport(report)}`);
  if (json) console.log(`\nwritten to ${json}`);
  const isWrong = (why: string) => why.startsWith("disagrees");
  const failed = report.cases.some(({ failed }) => failed.seqgrad || Object.values(failed).some(isWrong));
  return failed || verdictOf(report.cases)?.ok === false ? 1 : 0;
}

function choose({ suites, cases, quick }: BenchOptions): readonly BenchCase[] {
  if (cases.includes(smokeCase.name)) return [smokeCase];
  return benchCases.filter(
    (each) =>
      suites.includes(each.suite) &&
      (cases.length > 0 ? cases.some((part) => each.name.includes(part)) : !quick || (each.quick ?? false)),
  );
}
