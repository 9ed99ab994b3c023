/**
 * What it costs to compile each variant of each kernel on this adapter, in milliseconds of CPU time (all threads of this
 * process): shader module and pipeline, best of the rounds.
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/compile-times.ts [part of "kernel [variant]" …]
 *     [--rounds 2] [--json file] [--from folder] [--disable dawn_feature,…]
 *
 * With `--cells` it takes what programs made of the cells of `cells.ts`: the kernels that training steps of them run on this adapter,
 * at T 8, B 16 and each of these hidden sizes (64, 16 and 33: kernels of steps, of all steps in one, and of single numbers).
 *
 *   node harness/with-adapter.mjs node harness/ts.mjs bench/programs/compile-times.ts --cells 64,16,33 [--rounds 3] [--json file]
 *
 * To compile as seqgrad in Node does: `--disable use_vulkan_zero_initialize_workgroup_memory_extension`; without it as a
 * browser does.
 * `--from` takes the kernels of another checkout, or of a copy of `kernels/` in that folder.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readKernels } from "../../harness/kernels/read.ts";
import { type CompileUnit, unitsOf } from "../../harness/kernels/unit.ts";
import { kernelNamed } from "../../src/kernels/kernel.ts";
import { debug, float32, mean, openDevice, optim, square, Trainer } from "../../src/node.ts";
import { cells } from "./cells.ts";

const bufferType = { read: "read-only-storage", read_write: "storage", uniform: "uniform" } as const;

/** CPU time of one compilation. A comment of its own keeps a driver from finding the last one again. */
async function measure(device: GPUDevice, unit: CompileUnit, round: number): Promise<number> {
  const entries = unit.access.map((access, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: bufferType[access] },
  }));
  const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
  const { constants, entryPoint } = unit;
  device.pushErrorScope("validation");
  const before = process.cpuUsage();
  const module = device.createShaderModule({ label: unit.id, code: `// round ${round}\n${unit.code}` });
  device.createComputePipeline({ label: unit.id, layout, compute: { module, entryPoint, constants } });
  const { user, system } = process.cpuUsage(before);
  const error = await device.popErrorScope();
  if (error !== null) console.error(`${unit.id}: ${error.message}`);
  return (user + system) / 1000;
}

/** The pipelines that programs make of cells. */
async function unitsOfCells(sizes: readonly number[]): Promise<CompileUnit[]> {
  const device = await openDevice();
  const found = new Map<string, CompileUnit>();
  for (const hidden of sizes) {
    for (const make of Object.values(cells)) {
      const { model, forward } = make(hidden);
      const trainer = await Trainer.create(device, model, {
        inputs: { x: float32([16, 8, hidden]) },
        loss: ({ x }) => mean(square(forward(x))),
        optimizer: optim.sgd({ learningRate: 1e-3 }),
      });
      for (const { kernel } of debug.dispatches(trainer)) {
        const [name, variant] = kernel.split("/") as [string, string];
        if (!name.startsWith("loop_") || found.has(kernel)) continue;
        const unit = unitsOf(kernelNamed(name)).find(({ id }) => id === `${name} [${variant}]`);
        if (unit) found.set(kernel, unit);
      }
      trainer.dispose();
    }
  }
  device.dispose();
  return [...found.values()];
}

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "2" },
      json: { type: "string" },
      from: { type: "string" },
      disable: { type: "string" },
      cells: { type: "string" },
    },
  });
  const { manifests, problems } = readKernels(values.from);
  for (const problem of problems) console.error(problem);
  const all = values.cells ? await unitsOfCells(values.cells.split(",").map(Number)) : manifests.flatMap(unitsOf);
  const units = all.filter(({ id }) => positionals.length === 0 || positionals.some((part) => id.includes(part)));
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  // kept by the loop below: Dawn crashes where its entry object is garbage-collected while devices of it live
  const gpu = create(values.disable ? [`disable-dawn-features=${values.disable}`] : []);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error("no adapter: start by harness/with-adapter.mjs");
  const { limits } = adapter;
  const device = await adapter.requestDevice({
    requiredFeatures: (["shader-f16", "subgroups"] as const).filter((name) => adapter.features.has(name)),
    requiredLimits: {
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupSizeY: limits.maxComputeWorkgroupSizeY,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    },
  });
  const best = new Map<string, number>();
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const unit of units) {
      const left = unit.requires.filter((name) => !device.features.has(name as GPUFeatureName));
      if (left.length > 0) continue;
      best.set(unit.id, Math.min(best.get(unit.id) ?? Number.POSITIVE_INFINITY, await measure(device, unit, round)));
    }
  }
  const rows = [...best].sort(([, a], [, b]) => b - a);
  for (const [id, ms] of rows) console.log(`${ms.toFixed(0).padStart(6)} ms  ${id}`);
  const total = rows.reduce((sum, [, ms]) => sum + ms, 0);
  console.log(`${(total / 1000).toFixed(1).padStart(6)} s   ${rows.length} variants`);
  if (!gpu) return 1;
  if (values.json) writeFileSync(values.json, `${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`);
  process.exit(0);
}
