// How far back in time the loss reaches: the norm of dL/dh_t for every step t, drawn for several recurrent nets.
import { openDevice } from "seqgrad";
import { adapters } from "../shared/adapters.ts";
import { readFlags } from "../shared/command-line.ts";
import { figure } from "../shared/figures/figure.ts";
import { prepareFolder, putFiles } from "../shared/files.ts";
import { runProgram } from "../shared/program.ts";
import { table } from "../shared/terminal.ts";
import { panels, type Results, resultsJson } from "./figure.ts";
import { defaults, files, help, out } from "./help.mjs";
import { afterTraining, atInitialisation, type Net, nets, type Sizes, scaled, type Training } from "./nets.ts";

async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, [...Object.keys(defaults), "out", "adapter"]);
  const positive = (name: "lr" | "clip") =>
    flags.number(name, defaults[name], "a positive number", (value) => value > 0);
  const sizes: Sizes = {
    length: flags.integer("length", defaults.length, 2),
    hidden: flags.integer("hidden", defaults.hidden),
    batch: flags.integer("batch", defaults.batch),
    steps: flags.integer("steps", defaults.steps),
    lr: positive("lr"),
    clip: positive("clip"),
    seed: flags.integer("seed", defaults.seed, 0, 2 ** 31),
  };
  const adapter = flags.choice("adapter", "auto", adapters);
  const folder = flags.path("out", out);
  prepareFolder(folder, files);
  const device = await openDevice({ adapter });
  console.log(`adapter  ${device.adapter.name} (${device.adapter.kind})`);

  const each = async <T>(list: readonly Net[], what: string, run: (net: Net) => Promise<T>) => {
    const results = new Map<string, T>();
    for (const net of list) {
      console.log(`  ${what}: ${net.label}`);
      results.set(net.label, await run(net));
    }
    return results;
  };
  const results: Results = {
    initial: await each(nets, "at initialisation", (net) => atInitialisation(device, net, sizes)),
    clipped: await each(nets, "trained, clipped", (net) => afterTraining(device, net, sizes, true)),
    unclipped: await each(nets, "trained, not clipped", (net) => afterTraining(device, net, sizes, false)),
    scaled: await each(scaled, "recurrent weights", (net) => atInitialisation(device, net, sizes)),
  };
  putFiles(folder, {
    "gradient-flow.svg": figure({ title: "How far back the loss reaches", columns: 2 }, panels(results, sizes)),
    "results.json": resultsJson(device.adapter, sizes, results),
  });
  console.log(`\nNorm of dL/dh_t at the first step over that at the last\n\n${summary(results)}`);
  console.log(`written  ${folder}: ${files.join(", ")}`);
  return 0;
}

function summary({ initial, clipped, unclipped, scaled }: Results): string {
  const ratio = (norms: readonly number[] | null | undefined) =>
    norms ? ((norms[0] as number) / (norms.at(-1) as number)).toExponential(1) : "astray";
  const trained = (label: string, found: ReadonlyMap<string, Training>) => ratio(found.get(label)?.norms);
  const rows = [...initial].map(([label, norms]) => [
    label,
    ratio(norms),
    trained(label, clipped),
    trained(label, unclipped),
  ]);
  const others = [...scaled].map(([label, norms]) => [label, ratio(norms), "", ""]);
  return table(["net", "at first", "trained, clipped", "trained, not clipped"], [...rows, ...others]);
}

await runProgram("gradient-flow", help, main);
