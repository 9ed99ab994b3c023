import { join } from "node:path";
import { adapterOfThisRun } from "../setup/adapter.mjs";
import { restful } from "../setup/restful.mjs";
import { noteUses } from "../uses/uses.ts";
import { bundleCases } from "./bundle.ts";
import type { HostRun } from "./host-run.ts";
import { runProcess } from "./process.ts";
import { runStdioHost } from "./stdio-host.ts";

/** Runs cases in a Node process of its own: the driver is chosen by its environment. */
export const runInNode: HostRun = async (job, timeoutMs, collector) => {
  const entry = join(await bundleCases(), "node.js");
  const { environment } = await adapterOfThisRun();
  const report = await runStdioHost(job, timeoutMs, collector, (options) =>
    runProcess(process.execPath, ["--enable-source-maps", ...restful, entry], { ...options, environment }),
  );
  noteUses(report.results);
  return report;
};
