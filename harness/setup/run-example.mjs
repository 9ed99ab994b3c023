import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chooseAdapter, parseAdapterChoice } from "./adapter.mjs";
import { bundleForNode } from "./bundle.mjs";
import { runChild } from "./child.mjs";
import { root } from "./paths.mjs";
import { SetupError } from "./say.mjs";

/**
 * Chooses an adapter, generates the kernels and runs examples/NAME/main.ts in Node; gives its exit code.
 * @param {string} name
 * @param {string[]} args
 */
export async function runExample(name, args) {
  const { environment } = await chooseAdapter(parseAdapterChoice(adapterOption(args)));
  // The kernel embedder is TypeScript; this bundle needs the packages that are there only now.
  const { generateKernels } = await import(await bundleForNode(join(root, "harness", "kernels", "generate.ts")));
  const problems = generateKernels();
  if (problems.length > 0) throw new SetupError(problems.join("\n"));
  const program = await bundleForNode(join(root, "examples", name, "main.ts"));
  return runChild(process.execPath, ["--enable-source-maps", program, ...args], environment);
}

/** The value of `--adapter x` or `--adapter=x`; the program itself checks every option, this one included. @param {string[]} args */
function adapterOption(args) {
  return optionIn(args, "--adapter") ?? process.env.SEQGRAD_ADAPTER ?? adapterOfRun(optionIn(args, "--resume"));
}

/** @param {string[]} args @param {string} name */
function optionIn(args, name) {
  const at = args.findLastIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (at < 0) return undefined;
  return args[at] === name ? (args[at + 1] ?? "(nothing)") : args[at]?.slice(name.length + 1);
}

/** A run that goes on does so on the adapter that it was begun with. What is wrong with its files, the program says. @param {string | undefined} folder */
function adapterOfRun(folder) {
  if (folder === undefined) return undefined;
  try {
    const [log, options] = [join(folder, "log.jsonl"), join(folder, "options.json")];
    const { adapter } = existsSync(options) ? JSON.parse(readFileSync(options, "utf8")) : headOf(log).options;
    return typeof adapter === "string" ? adapter : undefined;
  } catch {
    return undefined;
  }
}

/** The first line. @param {string} log */
const headOf = (log) => JSON.parse(readFileSync(log, "utf8").split("\n", 1)[0] ?? "");
