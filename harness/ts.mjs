// Runs a TypeScript file of this repository in Node 20, which cannot by itself:
//   node harness/ts.mjs <file.ts> [--] [arguments]
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleForNode } from "./setup/bundle.mjs";
import { answeredEarly } from "./setup/help.mjs";
import { ensurePackages } from "./setup/packages.mjs";
import { root } from "./setup/paths.mjs";
import { runMain, SetupError } from "./setup/say.mjs";

const [file, ...args] = process.argv.slice(2);
if (file === undefined) throw new SetupError("ts.mjs: which file?");
// what npm takes for itself, and users write by habit
if (args[0] === "--") args.shift();
await runMain(async () => {
  // what a program says of itself lies beside it, and needs no package
  const help = resolve(file, "..", "help.mjs");
  if (existsSync(help) && answeredEarly(args, (await import(pathToFileURL(help).href)).help)) return 0;
  await ensurePackages("run");
  await ensureKernels(resolve(file));
  const bundle = await bundleForNode(resolve(file));
  process.argv = [process.execPath, file, ...args];
  const module = await import(pathToFileURL(bundle).href);
  return (await module.main?.(args)) ?? 0;
});

/**
 * In a fresh clone there is nothing yet of what the engine imports of its kernels, and no program could be bundled.
 *
 * @param {string} program
 */
async function ensureKernels(program) {
  const generator = join(root, "harness", "kernels", "generate.ts");
  if (program === generator || existsSync(join(root, "src", "kernels", "generated", "all.ts"))) return;
  const { generateKernels } = await import(pathToFileURL(await bundleForNode(generator)).href);
  const problems = generateKernels();
  if (problems.length > 0) throw new SetupError(problems.join("\n"));
}
