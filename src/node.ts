/** seqgrad for Node: the same exports, with the GPU taken from the `webgpu` package (Dawn) where Node has none itself. */
import { setGpuProvider } from "./gpu/device.ts";
import { enablePacing } from "./gpu/pacer.ts";
import { formatTuning, parseTuning, type TuningStore, type TuningTable, withChoices } from "./gpu/tune/store.ts";

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

/**
 * Remembers in a JSON file, which is made when something is saved for the first time, with the folders above it. Several
 * adapters share one. Throws DataError where the file holds anything else: it is not overwritten.
 */
export function fileTuning(path: string): TuningStore {
  const read = async (): Promise<TuningTable> => {
    const { readFile } = await import("node:fs/promises");
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw error;
    }
    return parseTuning(text, path);
  };
  return {
    load: async (adapter) => (await read())[adapter],
    async save(adapter, choices) {
      const { mkdir, rename, writeFile } = await import("node:fs/promises");
      const { dirname } = await import("node:path");
      const text = formatTuning(withChoices(await read(), adapter, choices));
      await mkdir(dirname(path), { recursive: true });
      // whoever reads meanwhile finds the whole file, old or new
      const draft = `${path}.${process.pid}.tmp`;
      await writeFile(draft, text);
      await rename(draft, path);
    },
  };
}

setGpuProvider(() => {
  gpu ??= load();
  return gpu;
}, "install the webgpu package beside seqgrad (npm install webgpu)");
