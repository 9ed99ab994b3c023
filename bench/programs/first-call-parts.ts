/**
 * Where the time of a cold call goes, training or forward, in Node: processor time of tracing, planning and preparing, of each pipeline by
 * itself (shader module and pipeline, compiled one after the other), and of a step.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/first-call-parts.ts [case] [--json file]
 *
 * One case a process: what a process does first, it does slower.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { type Device, openDevice } from "../../src/node.ts";
import { findCase } from "../cases/index.ts";
import { prepareForward } from "../engines/seqgrad/forward.ts";
import { prepareTraining } from "../engines/seqgrad/training.ts";

/** Processor time of all threads of this process, in milliseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Has a device compile its pipelines at once, and notes what each takes. */
function watch({ gpu }: Device): Map<string, number> {
  const spent = new Map<string, number>();
  const note = <T>(label: string | undefined, what: () => T): T => {
    const before = processorTime();
    const result = what();
    const name = label ?? "";
    spent.set(name, (spent.get(name) ?? 0) + processorTime() - before);
    return result;
  };
  const createModule = gpu.createShaderModule.bind(gpu);
  gpu.createShaderModule = (each) => note(each.label, () => createModule(each));
  gpu.createComputePipelineAsync = async (each) => note(each.label, () => gpu.createComputePipeline(each));
  return spent;
}

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "string" } },
  });
  const [name = "lstm-h64-b32-t32-l1-training"] = positionals;
  const { work } = findCase(name);
  if (work.kind !== "training" && work.kind !== "forward") throw new Error(`${name} is no case of a layer`);
  const device = await openDevice();
  const spent = watch(device);
  let callMs = 0;
  let pipelines: [name: string, ms: number][] = [];
  const watched = async <T>(first: () => Promise<T>): Promise<T> => {
    // what places the parameters is the case's own business
    spent.clear();
    const before = processorTime();
    const result = await first();
    callMs = processorTime() - before;
    pipelines = [...spent].sort(([, a], [, b]) => b - a);
    return result;
  };
  const prepared = await (work.kind === "training"
    ? prepareTraining(device, work, watched)
    : prepareForward(device, work, watched));
  const steps: number[] = [];
  for (let i = 0; i < 7; i++) {
    const before = processorTime();
    await prepared.configurations[0]?.run(1, () => {});
    steps.push(processorTime() - before);
  }
  const stepMs = steps.sort((a, b) => a - b)[3] as number;
  const compileMs = pipelines.reduce((sum, [, ms]) => sum + ms, 0);
  const row = (ms: number, what: string) => console.log(`${ms.toFixed(1).padStart(8)} ms  ${what}`);
  console.log(`${name}: processor time of the first call`);
  for (const [pipeline, ms] of pipelines) row(ms, pipeline);
  row(compileMs, `${pipelines.length} pipelines`);
  row(stepMs, "the step, as a later one");
  row(callMs - compileMs - stepMs, "tracing, planning, buffers, bind groups, waiting");
  row(callMs, "in all");
  if (values.json) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ name, callMs, stepMs, pipelines: Object.fromEntries(pipelines) }, null, 2)}\n`,
    );
  }
  process.exit(0);
}
