import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { generateKernels } from "../kernels/generate.ts";
import { cache, root } from "../setup/paths.mjs";

let once: Promise<string> | undefined;

/**
 * Bundles the cases and the engine for all hosts at once: entries page.js, node.js and deno.js over shared chunks.
 * @returns their folder
 */
export function bundleCases(): Promise<string> {
  once ??= bundle();
  return once;
}

async function bundle(): Promise<string> {
  generateKernels();
  // A folder for this process alone: another test run may be using its own.
  const folder = join(cache, "cases", String(process.pid));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const inside = join(root, "harness", "hosts", "inside");
  await build({
    entryPoints: ["page", "node", "deno"].map((name) => ({ in: join(inside, `${name}.ts`), out: name })),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    external: ["webgpu", "node:*"],
    sourcemap: true,
    logLevel: "error",
    absWorkingDir: root,
  });
  return folder;
}
