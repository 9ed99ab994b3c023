// Writes src/kernels/generated/ from the files in kernels/.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";
import { modulesOf } from "./modules.ts";
import { readKernels, readText } from "./read.ts";

const folder = join(root, "src", "kernels", "generated");

/**
 * Brings the generated modules up to date; a file that would stay the same keeps its time. Kernels that cannot be read
 * are left out of them.
 * @returns what is wrong with those, a line each
 */
export function generateKernels(read = readKernels()): readonly string[] {
  const modules = modulesOf(read, (file) => readText(file, root) as string);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (!modules.has(name)) rmSync(join(folder, name));
  for (const [name, text] of modules) {
    const file = join(folder, name);
    if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
  }
  return read.problems;
}

/** For `node harness/ts.mjs harness/kernels/generate.ts`. */
export async function main(): Promise<number> {
  const problems = generateKernels();
  for (const problem of problems) console.error(`error: ${problem}`);
  return problems.length > 0 ? 1 : 0;
}
