/**
 * Training steps of recurrent cells beside jax-js's, in turns: one jitted step of it, with an unrolled loop, the input's product
 * before the loop, and one product for all gates of a step or one for each gate; the better of the two counts.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/cells-jax.ts [--rounds 5] [--sizes 64x32x64] [--cells "LSTM by scan"] [--json file]
 *
 * Sizes are time × batch × hidden. Losses of the first step must agree, from the same weights; where masks are drawn (zoneout) they
 * cannot, and jax-js is spared the drawing: it is given masks, the same ones for all steps. Both wait for the loss of each step.
 * Processor time is of all threads of this process.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { type Device, openDevice } from "../../src/node.ts";
import { median } from "../median.ts";
import { installPeers, peersFolder, peerVersions } from "../peers/install.ts";
import { inTurns, medianRatio, type Timed } from "../turns.ts";
import { prepare, type Sizes } from "./cells.ts";
import { type Jax, kinds, training } from "./jax-cells.ts";

/** jax-js asks its host for `navigator.gpu`, which Node has none of. */
async function startJax(): Promise<Jax> {
  await installPeers();
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  // as seqgrad in Node has it
  const gpu = create(["disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension"]);
  Object.defineProperty(globalThis, "navigator", { value: { gpu, userAgent: "" }, configurable: true });
  const entry = join(peersFolder, "node_modules", "@jax-js", "jax", "dist", "index.js");
  const jax = (await import(pathToFileURL(entry).href)) as Jax;
  if (!(await jax.init("webgpu")).includes("webgpu")) throw new Error("jax-js found no WebGPU");
  jax.defaultDevice("webgpu");
  return jax;
}

interface Measured extends Timed {
  readonly name: string;
  readonly firstMs: number;
}

async function begun(name: string, run: () => Promise<number>): Promise<Measured & { readonly loss: number }> {
  const start = performance.now();
  const loss = await run();
  return { name, loss, firstMs: performance.now() - start, run, times: [], cpu: [] };
}

async function compare(device: Device, jax: Jax, name: string, sizes: Sizes, rounds: number) {
  const kind = kinds[name];
  if (!kind) throw new Error(`there is no cell ${name}, only ${Object.keys(kinds).join(", ")}`);
  const { time, batch, hidden } = sizes;
  const numbers = (factor: number) =>
    Float32Array.from({ length: time * batch * hidden }, (_, i) => Math.sin(i * factor));
  const data = { x: numbers(1.7), y: numbers(0.7) };
  const ours = await prepare(device, name, sizes, data, false);
  const parameters = await ours.model.stateDict(device);
  const of = new Map([...parameters].map(([key, value]) => [key, value.data as Float32Array]));
  const again = await ours.run();
  const theirs: (Measured & { readonly loss: number })[] = [];
  for (const [form, parts] of [
    ["joint", 1],
    ["by gate", kind.gates],
  ] as const) {
    theirs.push(await begun(`jax-js ${form}`, training(jax, kind, of, data, sizes, parts)));
  }
  // their first step begins from what our first one left
  const wrong = theirs.find(({ loss }) => !kind.zoneout && !(Math.abs(loss - again) <= 1e-4 * Math.abs(again)));
  if (wrong) throw new Error(`${name}: ${wrong.name} has the loss ${wrong.loss}, ours ${again}`);
  const all = [ours, ...theirs];
  await inTurns(all, rounds);
  ours.dispose();
  return all.map((each) => ({
    ...sizes,
    cell: name,
    engine: each === ours ? "seqgrad" : each.name,
    firstMs: each.firstMs,
    ms: median(each.times),
    cpuMs: median(each.cpu),
    ratio: medianRatio(each.times, ours.times),
    cpuRatio: medianRatio(each.cpu, ours.cpu),
    rounds,
  }));
}

export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "5" },
      sizes: { type: "string", default: "64x32x64" },
      cells: { type: "string" },
      json: { type: "string" },
    },
  });
  const device = await openDevice();
  const jax = await startJax();
  const names = values.cells ? values.cells.split(",") : Object.keys(kinds);
  for (const text of values.sizes.split(",")) {
    const [time, batch, hidden] = text.split("x").map(Number) as [number, number, number];
    for (const name of names) {
      const rows = await compare(device, jax, name, { time, batch, hidden }, Number(values.rounds));
      console.log(`${name}, T ${time}, B ${batch}, H ${hidden}`);
      for (const { engine, ms, cpuMs, ratio, cpuRatio, firstMs } of rows) {
        console.log(
          `  ${engine.padEnd(16)} ${ms.toFixed(1).padStart(8)} ms, ${ratio.toFixed(2)} of ours; processor ${cpuMs.toFixed(1)} ms, ${cpuRatio.toFixed(2)}; first ${firstMs.toFixed(0)} ms`,
        );
      }
      if (!values.json) continue;
      // pieces are measured one by one: a cell and size anew takes the place of what was there
      const known = existsSync(values.json) ? JSON.parse(readFileSync(values.json, "utf8")).rows : [];
      const isSame = (row: (typeof rows)[number]) =>
        row.cell === name && row.time === time && row.batch === batch && row.hidden === hidden;
      const kept = known.filter((row: (typeof rows)[number]) => !isSame(row));
      const { name: adapter, kind } = device.adapter;
      const report = { adapter: { name: adapter, kind }, peers: peerVersions(["jax"]), rows: [...kept, ...rows] };
      writeFileSync(values.json, `${JSON.stringify(report, null, 1)}\n`);
    }
  }
  process.exit(0);
}
