// npm run site:test: all that is tested of the page; npm test has the quick half.
import { join } from "node:path";
import { adapterOfThisRun } from "../harness/setup/adapter.mjs";
import { runChild } from "../harness/setup/child.mjs";
import { ensurePackages } from "../harness/setup/packages.mjs";
import { root } from "../harness/setup/paths.mjs";
import { runMain } from "../harness/setup/say.mjs";

await runMain(async () => {
  process.chdir(root);
  await ensurePackages("all");
  const { environment } = await adapterOfThisRun();
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const args = [vitest, "run", "test/site", ...process.argv.slice(2)];
  return runChild(process.execPath, args, { ...environment, SEQGRAD_SITE: "full" });
});
