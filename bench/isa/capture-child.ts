// Runs in Node (Tint) and in Deno (naga), with the layer that keeps SPIR-V: reads jobs as JSON from stdin, makes the pipeline of each,
// prints `[[id, what is wrong or null], …]` as one line.

import process, { stdin } from "node:process";
import { text } from "node:stream/consumers";
import { bufferType, wideLimits } from "../../harness/kernels/compile.ts";
import type { CompileUnit } from "../../harness/kernels/unit.ts";

export interface CaptureJob {
  readonly unit: CompileUnit;
  /** Where the SPIR-V goes. */
  readonly file: string;
}

const jobs: CaptureJob[] = JSON.parse(await text(stdin));
const gpu = "Deno" in globalThis ? navigator.gpu : await dawn();
const adapter = await gpu.requestAdapter();
if (adapter === null) throw new Error("the driver gives no WebGPU adapter");
const device = await adapter.requestDevice({
  requiredFeatures: (["shader-f16", "subgroups"] as const).filter((name) => adapter.features.has(name)),
  requiredLimits: Object.fromEntries(wideLimits.map((name) => [name, adapter.limits[name]])),
});
const answer: [id: string, wrong: string | null][] = [];
for (const { unit, file } of jobs) answer.push([unit.id, await capture(unit, file)]);
console.log(JSON.stringify(answer));
process.exit(0);

async function capture(unit: CompileUnit, file: string): Promise<string | null> {
  const missing = unit.requires.find((name) => !device.features.has(name));
  if (missing !== undefined) return `needs ${missing}`;
  const entries = unit.access.map((access, binding) => ({
    binding,
    visibility: 4,
    buffer: { type: bufferType[access], hasDynamicOffset: access === "uniform" },
  }));
  const { constants, entryPoint } = unit;
  device.pushErrorScope("validation");
  const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
  // the comment keeps Dawn from taking two units of the same code for one
  const module = device.createShaderModule({ code: `// ${unit.id}\n${unit.code}` });
  process.env.SEQGRAD_SPIRV = file;
  device.createComputePipeline({ label: unit.id, layout, compute: { module, entryPoint, constants } });
  process.env.SEQGRAD_SPIRV = "";
  return (await device.popErrorScope())?.message ?? null;
}

async function dawn(): Promise<GPU> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  return create([]);
}
