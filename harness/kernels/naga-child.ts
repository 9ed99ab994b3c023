// Runs in Deno: reads compile units as JSON from stdin, prints `[[id, complaints], …]` as one line.

import { stdin } from "node:process";
import { text } from "node:stream/consumers";
import { compileUnit } from "./compile.ts";
import type { CompileUnit, Complaint } from "./unit.ts";

const units: CompileUnit[] = JSON.parse(await text(stdin));
const adapter = await navigator.gpu.requestAdapter();
if (adapter === null) throw new Error("no WebGPU adapter in Deno");
const wanted: GPUFeatureName[] = ["shader-f16"];
const device = await adapter.requestDevice({ requiredFeatures: wanted.filter((name) => adapter.features.has(name)) });
const result: [string, Complaint[]][] = [];
// A pipeline is compiled down to the adapter's instructions, which takes most of the time and is the driver's business. Naga's own
// is the module, and what it makes of the constants: one pipeline for each of a kernel's sets of these.
const known = new Set<string>();
// For these the driver takes seconds each. Deno's cases run every one of these kernels (test/cases/hosts.test.ts holds it), though not
// in each variant.
const runByCases = /_(lanes|sequence)_|^attention_/;
for (const unit of units) {
  const missing = unit.requires.find((name) => !device.features.has(name as GPUFeatureName));
  // Deno's naga checks f16 kernels only where the adapter has f16; Dawn checks them everywhere.
  const set = `${unit.id.split(" ")[0]} ${JSON.stringify(unit.constants)}`;
  const what = known.has(set) || runByCases.test(unit.id) ? "module" : "pipeline";
  known.add(set);
  result.push([unit.id, missing === undefined ? await compileUnit(device, unit, what) : []]);
}
console.log(JSON.stringify(result));
