// The C programs beside this file, compiled into the cache.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mesa } from "../../harness/setup/mesa.ts";
import { cache, root } from "../../harness/setup/paths.mjs";
import { SetupError } from "../../harness/setup/say.mjs";

export interface Native {
  /** What the environment must say for Vulkan to load the layer that keeps SPIR-V. */
  readonly layer: Readonly<Record<string, string>>;
  /** The program that compiles SPIR-V. */
  readonly compiler: string;
}

const layerName = "VK_LAYER_SEQGRAD_capture";

export function buildNative(mesa: Mesa): Native {
  const sources = ["capture.c", "compile.c"].map((name) => join(root, "bench", "isa", "native", name));
  const [capture, compile] = sources as [string, string];
  const hash = createHash("sha256").update(sources.map((file) => readFileSync(file, "utf8")).join("\0"));
  const folder = join(cache, "isa", `native-${hash.digest("hex").slice(0, 12)}`);
  const compiler = join(folder, "compile");
  if (!existsSync(compiler)) {
    mkdirSync(folder, { recursive: true });
    const common = ["-O2", "-Wall", "-Wextra", "-I", mesa.include];
    cc([...common, "-shared", "-fPIC", "-fvisibility=hidden", "-o", join(folder, "capture.so"), capture]);
    const layer = {
      name: layerName,
      type: "GLOBAL",
      library_path: join(folder, "capture.so"),
      api_version: "1.3.239",
      implementation_version: "1",
      description: "keeps SPIR-V",
    };
    writeFileSync(join(folder, "capture.json"), JSON.stringify({ file_format_version: "1.2.0", layer }));
    cc([...common, "-L", mesa.libraries, "-o", compiler, compile, "-lvulkan"]);
  }
  return { layer: { VK_LAYER_PATH: folder, VK_INSTANCE_LAYERS: layerName }, compiler };
}

function cc(args: readonly string[]): void {
  try {
    execFileSync("cc", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    throw new SetupError(code === "ENOENT" ? "a C compiler is needed: cc is not installed" : `cc failed:\n${stderr}`);
  }
}
