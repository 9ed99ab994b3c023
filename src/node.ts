/** seqgrad for Node: the same exports, with the GPU taken from the `webgpu` package (Dawn) where Node has none itself. */
import { setGpuProvider } from "./gpu/device.ts";
import { enablePacing } from "./gpu/pacer.ts";

export * from "./index.ts";

let gpu: Promise<GPU | undefined> | undefined;

async function load(): Promise<GPU | undefined> {
  if (globalThis.navigator?.gpu) return globalThis.navigator.gpu;
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    enablePacing();
    // The whole clock for profile(): it is rounded for web pages, which must not time each other. And workgroup memory is
    // zeroed by a loop: SwiftShader compiles the extension's way element by element, a second for 16 KiB.
    const without = ["timestamp_quantization", "use_vulkan_zero_initialize_workgroup_memory_extension"];
    return create([`disable-dawn-features=${without}`]);
  } catch {
    return undefined;
  }
}

setGpuProvider(() => {
  gpu ??= load();
  return gpu;
}, "install the webgpu package beside seqgrad (npm install webgpu)");
