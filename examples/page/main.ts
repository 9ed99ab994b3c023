// A page in which tasks run.
import { once } from "node:events";
import { servePage } from "../../harness/examples/page.ts";
import { readFlags } from "../shared/command-line.ts";
import { runProgram } from "../shared/program.ts";
import { help } from "./help.mjs";

await runProgram("page", help, async (args) => {
  const server = await servePage(readFlags(args, ["port"]).integer("port", 0, 0, 65_535));
  process.stdout.write(`${server.origin}\n`);
  await Promise.race(["SIGINT", "SIGTERM"].map((signal) => once(process, signal)));
  server.close();
  return 0;
});
