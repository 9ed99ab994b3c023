/** Entry in a pack: everything lies beside it. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { help } from "./help.mjs";
import { measureGpu, type Place } from "./measure.ts";
import { parseOptions } from "./options.ts";

const folder = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
if (args.includes("--help")) {
  console.log(help);
  process.exit(0);
}
try {
  const options = parseOptions(args);
  if (options.pack !== undefined || options.adapter !== undefined) {
    throw new Error("--pack and --adapter: not in a pack; its adapter is what the environment's Vulkan driver is");
  }
  const facts: Pick<Place, "commit" | "names" | "instructions"> = JSON.parse(
    readFileSync(join(folder, "facts.json"), "utf8"),
  );
  const place = {
    cases: join(folder, "cases", "node.js"),
    session: join(folder, "session", "node.js"),
    torch: join(folder, "pytorch_times.py"),
    environment: {},
    results: join(folder, "results"),
    ...facts,
  };
  process.exit(await measureGpu(place, options));
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
