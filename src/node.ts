/** seqgrad for Node: the same exports, with the GPU taken from the `webgpu` package (Dawn) where Node has none itself. */
import { driverRemedy, type HostGpu, setHost } from "./gpu/host.ts";
import { enablePacing } from "./gpu/pacer.ts";
import { formatTuning, parseTuning, type TuningStore, type TuningTable, withChoices } from "./gpu/tuning/store.ts";
import { checkArgument, required, text } from "./options.ts";

export * from "./index.ts";

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
      const { mkdir, rename, writeFile } = await import("node:fs/promises");
      const { dirname } = await import("node:path");
      const json = formatTuning(withChoices(await read(), adapter, choices));
      await mkdir(dirname(path), { recursive: true });
      await removeAbandoned(path);
      // whoever reads meanwhile finds the whole file, old or new
      const draft = `${path}.${process.pid}.tmp`;
      await writeFile(draft, json);
      await rename(draft, path);
    },
  };
}

/** A draft is written in far less. Younger ones are left alone: their writer may live where we cannot see it. */
const ABANDONED_MS = 60_000;

/** Removes drafts of processes that were killed before they could put them in place. */
async function removeAbandoned(path: string): Promise<void> {
  const { readdir, rm, stat } = await import("node:fs/promises");
  const { basename, dirname, join } = await import("node:path");
  const [folder, name] = [dirname(path), basename(path)];
  for (const draft of await readdir(folder)) {
    const [, of, pid] = /^(.+)\.(\d+)\.tmp$/.exec(draft) ?? [];
    if (of !== name || isAlive(Number(pid))) continue;
    const file = join(folder, draft);
    const { mtimeMs = Date.now() } = (await stat(file).catch(() => undefined)) ?? {};
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

setHost({
  gpu() {
    gpu ??= load();
    return gpu;
  },
  noAdapter: () => driverRemedy(process.platform),
});
