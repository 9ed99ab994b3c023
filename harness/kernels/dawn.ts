// Dawn's null backend: Tint's whole validation, no driver, milliseconds.
import { compileUnit, wideLimits } from "./compile.ts";
import type { CompileUnit, Complaint } from "./unit.ts";

export async function compileByDawn(units: readonly CompileUnit[]): Promise<Map<string, Complaint[]>> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const baseline = await nullDevice(create, false);
  const wide = await nullDevice(create, true);
  const result = new Map<string, Complaint[]>();
  for (const unit of units) {
    const complaints = await compileUnit(unit.baseline ? baseline : wide, unit);
    // this backend has no more threads in a workgroup than every adapter: what can be checked of such a unit is its module
    const isTooWide = !unit.baseline && complaints.some(({ message }) => threadsIn(message) <= MOST_THREADS);
    result.set(unit.id, isTooWide ? await compileUnit(wide, unit, "module") : complaints);
  }
  baseline.destroy();
  wide.destroy();
  return result;
}

/** In a workgroup of an adapter that has many. */
const MOST_THREADS = 1024;

/** Of a workgroup that is refused for them. */
const threadsIn = (complaint: string): number =>
  Number(/workgroup_size\((\d+), 1, 1\) that exceeds/.exec(complaint)?.[1] ?? Number.POSITIVE_INFINITY);

/**
 * A device with all features. Without `wide` it has the limits that every WebGPU adapter has (8 storage buffers, 256
 * invocations, 16 KiB of workgroup memory), so that compiling on it checks them.
 */
async function nullDevice(create: typeof import("webgpu").create, wide: boolean): Promise<GPUDevice> {
  const gpu = create(["backend=null"]);
  keptAlive.push(gpu);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error("Dawn's null backend gives no adapter");
  const features: GPUFeatureName[] = ["shader-f16", "subgroups"];
  const requiredLimits: Record<string, number> = {};
  if (wide) {
    for (const name of wideLimits) requiredLimits[name] = adapter.limits[name];
  }
  return adapter.requestDevice({
    requiredFeatures: features.filter((name) => adapter.features.has(name)),
    requiredLimits,
  });
}

/** Dawn crashes where its entry object is garbage-collected while devices of it live. */
const keptAlive: GPU[] = [];
