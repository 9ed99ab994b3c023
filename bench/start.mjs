// npm run bench, npm run bench:report: sets up, then runs bench/main.ts or bench/report/main.ts.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundleForNode } from "../harness/setup/bundle.mjs";
import { answeredEarly } from "../harness/setup/help.mjs";
import { ensurePackages } from "../harness/setup/packages.mjs";
import { root } from "../harness/setup/paths.mjs";
import { runMain } from "../harness/setup/say.mjs";
import { help, reportHelp } from "./help.mjs";

await runMain(async () => {
  const [what, ...args] = process.argv.slice(2);
  if (answeredEarly(args, what === "report" ? reportHelp : help)) return 0;
  // The browser is a development dependency.
  await ensurePackages(what === "report" ? "run" : "all");
  const entry = what === "report" ? ["bench", "report", "main.ts"] : ["bench", "main.ts"];
  const program = await import(pathToFileURL(await bundleForNode(join(root, ...entry))).href);
  return program.main(args);
});
