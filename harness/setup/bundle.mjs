import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { cache, root } from "./paths.mjs";

/**
 * Bundles a TypeScript program into one module that Node runs; packages stay outside.
 * @param {string} entry
 * @returns {Promise<string>} the bundle's path, inside the checkout, so that its packages are found
 */
export async function bundleForNode(entry) {
  // Loaded when called: this file is read before the packages are installed.
  const { build } = /** @type {typeof import("esbuild")} */ (createRequire(import.meta.url)("esbuild"));
  const folder = join(cache, "programs");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${relative(root, entry).replace(/[/\\]/g, ".").replace(/\.ts$/, "")}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    // The examples import the package by its name.
    alias: { seqgrad: join(root, "src", "node.ts"), "seqgrad/data": join(root, "src", "data", "index.ts") },
    sourcemap: "inline",
    logLevel: "error",
    absWorkingDir: root,
  });
  return outfile;
}
