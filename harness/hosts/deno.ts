import { join } from "node:path";
import { bundleCases } from "./bundle.ts";
import { runDeno } from "./deno-process.ts";
import type { HostRun } from "./host-run.ts";
import { runStdioHost } from "./stdio-host.ts";

/** Runs cases in a Deno process. */
export const runInDeno: HostRun = async (job, timeoutMs, collector) => {
  const entry = join(await bundleCases(), "deno.js");
  return runStdioHost(job, timeoutMs, collector, (options) => runDeno(entry, options));
};
