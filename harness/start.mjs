// npm start: sets up what running needs, then runs examples/text-generation in Node.
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
  const at = args.findLastIndex((arg) => arg === "--adapter" || arg.startsWith("--adapter="));
  if (at < 0) return process.env.SEQGRAD_ADAPTER;
  return args[at] === "--adapter" ? (args[at + 1] ?? "(nothing)") : args[at]?.slice("--adapter=".length);
}
