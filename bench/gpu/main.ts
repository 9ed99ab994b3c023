// npm run gpu: see ../README.md.
import { join } from "node:path";
import { bundleCases } from "../../harness/hosts/bundle.ts";
import { adapterOfThisRun, parseAdapterChoice } from "../../harness/setup/adapter.mjs";
import { root } from "../../harness/setup/paths.mjs";
import { SetupError } from "../../harness/setup/say.mjs";
import { cases } from "../../test/cases/index.ts";
import { bundleBench } from "../bundle.ts";
import { commit } from "../commit.ts";
import { instructionTable } from "../isa/model/instructions.ts";
import { measureGpu } from "./measure.ts";
import { type GpuOptions, parseOptions } from "./options.ts";
import { writePack } from "./pack.ts";

export async function main(args: readonly string[]): Promise<number> {
  let options: GpuOptions;
  try {
    options = parseOptions(args);
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : error}; see --help`);
  }
  const names = cases.map(({ name }) => name);
  if (options.pack !== undefined) {
    await writePack(options.pack, { commit: commit(), names, instructions: instructionTable() });
    return 0;
  }
  if (options.adapter !== undefined) process.env.SEQGRAD_ADAPTER = parseAdapterChoice(options.adapter);
  const { environment } = await adapterOfThisRun();
  const place = {
    cases: join(await bundleCases(), "node.js"),
    session: join(await bundleBench(false), "node.js"),
    torch: join(root, "bench", "gpu", "pytorch_times.py"),
    environment,
    commit: commit(),
    results: join(root, "bench", "results"),
    names,
    instructions: instructionTable(),
  };
  return measureGpu(place, options);
}
