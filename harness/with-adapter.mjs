// Runs a command in the environment of the chosen adapter (SEQGRAD_ADAPTER=hardware|software|auto), e.g.
//   node harness/with-adapter.mjs npx vitest run test/gpu/host.test.ts
import { adapterOfThisRun } from "./setup/adapter.mjs";
import { runChild } from "./setup/child.mjs";
import { asksForHelp, asksForVersion } from "./setup/help.mjs";
import { runMain, SetupError } from "./setup/say.mjs";

await runMain(async () => {
  const [command, ...args] = process.argv.slice(2);
  if (command === undefined) throw new SetupError("with-adapter.mjs: which command?");
  // what only tells how it is used, or its version, needs none
  const asks = asksForHelp(args) || asksForVersion(args);
  const { environment } = asks ? { environment: {} } : await adapterOfThisRun();
  return runChild(command, args, environment);
});
