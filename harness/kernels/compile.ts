// Compiles units on a device. Runs in Node (Dawn) and in Deno (naga).
import type { CompileUnit, Complaint } from "./unit.ts";

/**
 * Makes the pipeline of a unit, with an explicit layout as the runtime does, or its module alone, and gives what the compiler has
 * against it.
 */
export async function compileUnit(
  device: GPUDevice,
  unit: CompileUnit,
  what: "pipeline" | "module" = "pipeline",
): Promise<Complaint[]> {
  device.pushErrorScope("validation");
  const complaints: Complaint[] = [];
  const module = device.createShaderModule({ label: unit.id, code: unit.code });
  const { messages } = await module.getCompilationInfo();
  for (const { type, lineNum, message } of messages) {
    if (type === "error") complaints.push({ line: lineNum, message });
  }
  if (what === "pipeline" && complaints.length === 0) {
    const entries = unit.access.map((access, binding) => ({
      binding,
      visibility: 4,
      buffer: { type: bufferType[access] },
    }));
    const layout = device.createPipelineLayout({ bindGroupLayouts: [device.createBindGroupLayout({ entries })] });
    const { constants, entryPoint } = unit;
    try {
      await device.createComputePipelineAsync({ label: unit.id, layout, compute: { module, entryPoint, constants } });
    } catch (error) {
      complaints.push(fromText(error instanceof Error ? error.message : String(error)));
    }
  }
  const scope = await device.popErrorScope();
  if (scope !== null && complaints.length === 0) complaints.push(fromText(scope.message));
  return complaints;
}

/** Limits of a device that a variant named `wide…` may ask more of than every adapter has. */
export const wideLimits = [
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupStorageSize",
  "maxStorageBuffersPerShaderStage",
] as const;

export const bufferType = { read: "read-only-storage", read_write: "storage", uniform: "uniform" } as const;

/** Where the compiler gave no line of its own, it may stand in the text: `wgsl:12:3` or `:12:3 error`. */
function fromText(message: string): Complaint {
  const line = /(?:wgsl|┌─ [^:\n]*|^|\n):?(\d+):\d+/.exec(message)?.[1];
  return { line: line === undefined ? 0 : Number(line), message };
}
