/** What a dispatch costs in a host: encoding, submitting and waiting apart. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname } from "node:path";
import { bundleBench } from "./bundle.ts";
import { commit } from "./commit.ts";
import type { BenchOptions } from "./options.ts";

import { runSession } from "./sessions.ts";
import type { BenchMessage, Quartiles } from "./types.ts";

const PATIENCE_MS = 600_000;

export async function runDispatchCost({ host, json }: Pick<BenchOptions, "host" | "json">): Promise<number> {
  const loadBefore = loadavg()[0] as number;
  const folder = await bundleBench(false);
  let told: BenchMessage | undefined;
  const take = (message: BenchMessage) => {
    told = message;
  };
  const { version, broken } = await runSession(host, "dispatches", { folder, timeoutMs: PATIENCE_MS, take });
  if (told?.type !== "dispatch cost") {
    console.error(`error: ${host}: ${told?.type === "error" ? told.error : broken}`);
    return 1;
  }
  const { adapter, limits, cost } = told;
  console.log(`${host}, ${version}, ${adapter.name} (${adapter.kind}); µs for each dispatch: median (quartiles)`);
  const cell = ({ median, low, high }: Quartiles) =>
    `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`.padStart(26);
  console.log(["".padEnd(12), ...["encode", "submit", "wait"].map((part) => part.padStart(26))].join(""));
  for (const { way, encode, submit, wait } of cost.ways) {
    console.log([way.padEnd(12), ...[encode, submit, wait].map(cell)].join(""));
  }
  if (json) {
    mkdirSync(dirname(json), { recursive: true });
    const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? "", loadBefore };
    const report = { host, version, adapter, limits, commit: commit(), date: new Date().toISOString(), machine, cost };
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    console.log(`written to ${json}`);
  }
  return 0;
}
