// npm run bench:report: draws the JSON files of bench/results as one page.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../harness/setup/paths.mjs";
import { SetupError } from "../../harness/setup/say.mjs";
import type { BenchReport } from "../types.ts";
import { reportPage } from "./page.ts";
import { readReport } from "./read.ts";

const results = join(root, "bench", "results");

export async function main(args: readonly string[]): Promise<number> {
  const files: string[] = [];
  let out = join(results, "report.html");
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--out") out = args[++i] ?? out;
    else if (arg.startsWith("-")) throw new SetupError(`${arg}: no such option; see --help`);
    else files.push(arg);
  }
  if (files.length === 0) {
    const all = readdirSync(results).filter((name) => name.endsWith(".json"));
    files.push(...all.sort().map((name) => join(results, name)));
  }
  if (files.length === 0)
    throw new SetupError("there are no results yet: npm run bench -- --json bench/results/NAME.json");
  const reports = files.map(read).filter((report) => report !== undefined);
  writeFileSync(out, reportPage(reports));
  console.log(`${reports.length} of ${files.length} files drawn to ${out}`);
  return 0;
}

/** Other programs may keep results of other forms beside ours. */
function read(file: string): BenchReport | undefined {
  try {
    return readReport(readFileSync(file, "utf8"), file);
  } catch {
    return undefined;
  }
}
