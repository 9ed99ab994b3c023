// npm run site
import { once } from "node:events";
import { join, resolve } from "node:path";
import { readFlags } from "../examples/shared/command-line.ts";
import { UserError } from "../examples/shared/errors.ts";
import { runProgram } from "../examples/shared/program.ts";
import { serve } from "../harness/hosts/serve.ts";
import { cache } from "../harness/setup/paths.mjs";
import { say } from "../harness/setup/say.mjs";
import { buildBenchmark } from "./benchmark.ts";
import { buildSite } from "./build.ts";
import { help } from "./help.mjs";
import { addReference, makeReference } from "./reference.ts";

await runProgram("site", help, async (args) => {
  const flags = readFlags(args, ["build", "base", "port"]);
  const { base, build: folder } = flags.given();
  if (base !== undefined && !/^\/(.*\/)?$/.test(base)) {
    throw new UserError(`--base: expected a path that begins and ends with a slash, such as /seqgrad/, got "${base}"`);
  }
  const port = flags.integer("port", 0, 0, 65_535);
  if (folder !== undefined) {
    await makeReference();
    await buildSite(resolve(folder), base);
    await buildBenchmark(resolve(folder));
    return 0;
  }
  if (base !== undefined) throw new UserError("--base is for --build: what is served here lies at /");
  const built = join(cache, "site", "built");
  await buildSite(built);
  const server = await serve(built, {}, port);
  process.stdout.write(`${server.origin}\n`);
  // the page can be used meanwhile
  await buildBenchmark(built);
  await addReference(built).then(
    (isNew) => isNew && say("the API reference lies beside the page now; reload it"),
    ({ message }: Error) => say(message),
  );
  await Promise.race(["SIGINT", "SIGTERM"].map((signal) => once(process, signal)));
  server.close();
  return 0;
});
