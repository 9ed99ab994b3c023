// npm start: sets up what running needs, then runs examples/text-generation in Node.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { help } from "../examples/text-generation/help.mjs";
import { chooseAdapter, parseAdapterChoice } from "./setup/adapter.mjs";
import { bundleForNode } from "./setup/bundle.mjs";
import { runChild } from "./setup/child.mjs";
import { answeredEarly } from "./setup/help.mjs";
import { root } from "./setup/paths.mjs";
import { runMain, SetupError } from "./setup/say.mjs";

await runMain(async () => {
  const args = process.argv.slice(2);
  if (answeredEarly(args, help)) return 0;
  const { environment } = await chooseAdapter(parseAdapterChoice(adapterOption(args)));
  // The kernel embedder is TypeScript; this bundle needs the packages that are there only now.
  const { generateKernels } = await import(await bundleForNode(join(root, "harness", "kernels", "generate.ts")));
  const problems = generateKernels();
  if (problems.length > 0) throw new SetupError(problems.join("\n"));
  const program = await bundleForNode(join(root, "examples", "text-generation", "main.ts"));
  return runChild(process.execPath, ["--enable-source-maps", program, ...args], environment);
});

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

/** A run that goes on does so on the adapter that it was begun with. What is wrong with its log, the program says. @param {string | undefined} folder */
function adapterOfRun(folder) {
  if (folder === undefined) return undefined;
  try {
    const [head = ""] = readFileSync(join(folder, "log.jsonl"), "utf8").split("\n", 1);
    const { adapter } = JSON.parse(head).options;
    return typeof adapter === "string" ? adapter : undefined;
  } catch {
    return undefined;
  }
}
