// npm run example -- NAME: sets up what running needs, then runs examples/NAME in Node.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { answeredEarly } from "./setup/help.mjs";
import { root } from "./setup/paths.mjs";
import { runExample } from "./setup/run-example.mjs";
import { runMain, SetupError } from "./setup/say.mjs";

const folder = join(root, "examples");
const helpOf = (/** @type {string} */ name) => join(folder, name, "help.mjs");

await runMain(async () => {
  const [name, ...args] = process.argv.slice(2);
  const names = readdirSync(folder).filter((each) => existsSync(helpOf(each)));
  const usage = `Runs an example.\n\n  npm run example -- NAME [options]\n\nNames\n${names.map((each) => `  ${each}\n`).join("")}\nnpm run example -- NAME --help tells the options of one.\n`;
  if (name === undefined || name.startsWith("-")) {
    if (name !== undefined && answeredEarly([name], usage)) return 0;
    throw new SetupError(`example: which one? ${names.join(", ")}`);
  }
  if (!names.includes(name)) throw new SetupError(`example: there is no ${name}; there are ${names.join(", ")}`);
  const { help } = await import(pathToFileURL(helpOf(name)).href);
  return answeredEarly(args, help) ? 0 : runExample(name, args);
});
