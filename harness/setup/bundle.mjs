import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { cache, root } from "./paths.mjs";

/**
 * Bundles a TypeScript program into one module that Node runs; packages stay outside.
 * @param {string} entry
 * @returns {Promise<string>} the bundle's path, inside the checkout, so that its packages are found
 */
export async function bundleForNode(entry) {
  const folder = join(cache, "programs");
  const [outfile] = await build([entry], folder, false);
  return /** @type {string} */ (outfile);
}

/**
 * The same of several programs: what they share is read once and is a module of its own, which is much less work.
 * @param {readonly string[]} entries
 * @returns {Promise<{ programs: string[], remove(): void }>} their paths, in a folder that `remove` takes away
 */
export async function bundlesForNode(entries) {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "programs-"));
  return { programs: await build(entries, folder, true), remove: () => rmSync(folder, { recursive: true }) };
}

/** @param {readonly string[]} entries @param {string} folder @param {boolean} splitting */
async function build(entries, folder, splitting) {
  // Loaded when called: this file is read before the packages are installed.
  const esbuild = /** @type {typeof import("esbuild")} */ (createRequire(import.meta.url)("esbuild"));
  mkdirSync(folder, { recursive: true });
  const nameOf = (/** @type {string} */ entry) => relative(root, entry).replace(/[/\\]/g, ".").replace(/\.ts$/, "");
  await esbuild.build({
    entryPoints: entries.map((entry) => ({ in: entry, out: nameOf(entry) })),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    splitting,
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
  return entries.map((entry) => join(folder, `${nameOf(entry)}.mjs`));
}
