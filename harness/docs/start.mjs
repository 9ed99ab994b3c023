// npm run docs: the API reference from the docstrings, as Markdown in docs/api, where the site takes it along. TypeDoc is installed here when it is first asked for.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
/** @param {string} file */
const jsonIn = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {});
const wanted = jsonIn(join(here, "package.json")).dependencies.typedoc;

/**
 * Runs a program here, and ends as it did where it fails.
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args, shell = false) {
  const { status, error } = spawnSync(command, args, { cwd: here, stdio: "inherit", shell });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

if (jsonIn(join(here, "node_modules", "typedoc", "package.json")).version !== wanted) {
  console.log("docs: installing TypeDoc (npm ci)");
  run("npm", ["ci", "--no-audit", "--no-fund"], process.platform === "win32");
}
run(process.execPath, [join(here, "..", "ts.mjs"), join(here, "..", "kernels", "generate.ts")]);
run(process.execPath, [
  join(here, "node_modules", "typedoc", "bin", "typedoc"),
  "--options",
  join(here, "typedoc.json"),
]);
