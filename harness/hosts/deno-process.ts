// Runs a script in the Deno of the npm package `deno`, on the adapter of this run.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { adapterOfThisRun } from "../setup/adapter.mjs";
import { cache, root } from "../setup/paths.mjs";
import { type ProcessOptions, type ProcessResult, runProcess } from "./process.ts";

export interface DenoOptions extends ProcessOptions {
  readonly args?: readonly string[];
}

/** The executable itself: the package's own starter script wants an install script to have run. */
function denoExecutable(): string {
  const libc = process.platform === "linux" ? "-glibc" : "";
  const require = createRequire(join(root, "package.json"));
  const manifest = require.resolve(`@deno/${process.platform}-${process.arch}${libc}/package.json`);
  return join(dirname(manifest), process.platform === "win32" ? "deno.exe" : "deno");
}

export function runDeno(script: string, options: DenoOptions = {}): Promise<ProcessResult> {
  return deno(["run", "-A", "--no-config", "--no-lock", script, ...(options.args ?? [])], options);
}

/** Runs Deno itself with these arguments. */
export async function deno(args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
  const { environment } = await adapterOfThisRun();
  const own = { DENO_DIR: join(cache, "deno"), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
  return runProcess(denoExecutable(), args, {
    ...options,
    environment: { ...environment, ...own, ...options.environment },
  });
}
