/** seqgrad for Node: the same exports, with the GPU taken from the `webgpu` package (Dawn) where Node has none itself. */
import { driverRemedy, type HostGpu, setHost } from "./gpu/host.ts";
import { enablePacing } from "./gpu/pacer.ts";
import { formatTuning, parseTuning, type TuningStore, type TuningTable, withChoices } from "./gpu/tuning/store.ts";
import { putFile } from "./node/files.ts";
import { checkArgument, required, text } from "./options.ts";

export * from "./index.ts";
export { folderCheckpoints } from "./node/folder-checkpoints.ts";

let gpu: Promise<HostGpu> | undefined;

async function load(): Promise<HostGpu> {
  if (globalThis.navigator?.gpu) return globalThis.navigator.gpu;
  try {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    enablePacing();
    // The whole clock for profile(): it is rounded for web pages, which must not time each other. And workgroup memory is
    // zeroed by a loop: SwiftShader compiles the extension's way element by element, a second for 16 KiB.
    const without = ["timestamp_quantization", "use_vulkan_zero_initialize_workgroup_memory_extension"];
    return create([`disable-dawn-features=${without}`]);
  } catch (error) {
    return { missing: whyNotLoaded(error) };
  }
}

/** What keeps the `webgpu` package from loading, and what to do about it. */
function whyNotLoaded(error: unknown): string {
  const { code, message = String(error) } = error as NodeJS.ErrnoException;
  if (code === "ERR_MODULE_NOT_FOUND" && /package 'webgpu'/.test(message)) {
    return "Node has none of its own; install the webgpu package beside seqgrad (npm install webgpu)";
  }
  const [line = ""] = message.split("\n");
  const why = line.length > 300 ? `${line.slice(0, 300)}…` : line;
  const { platform, arch } = process;
  return `the webgpu package does not load on ${platform} ${arch} (${why}); reinstall it, or use a system for which it has a binary (it needs a recent C library on Linux)`;
}

/**
 * Remembers in a JSON file, which is made when something is saved for the first time, with the folders above it. Several
 * adapters share one. Throws DataError where the file holds anything else: it is not overwritten.
 */
export function fileTuning(path: string): TuningStore {
  checkArgument("fileTuning", "path", path, required(text));
  const read = async (): Promise<TuningTable> => {
    const { readFile } = await import("node:fs/promises");
    let json: string;
    try {
      json = await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
      throw error;
    }
    return parseTuning(json, path);
  };
  return {
    load: async (adapter) => (await read())[adapter],
    async save(adapter, choices) {
      await putFile(path, formatTuning(withChoices(await read(), adapter, choices)));
    },
  };
}

setHost({
  gpu() {
    gpu ??= load();
    return gpu;
  },
  noAdapter: () => driverRemedy(process.platform),
});
