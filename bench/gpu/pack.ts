/** What a bare Linux machine with an x64 processor needs, which has a GPU's driver and no network, in one folder. */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { bundleCases } from "../../harness/hosts/bundle.ts";
import { root } from "../../harness/setup/paths.mjs";
import { SetupError, say } from "../../harness/setup/say.mjs";
import { bundleBench } from "../bundle.ts";
import type { Place } from "./measure.ts";

/** The loader of Vulkan drivers, and those of OpenGL that NVIDIA's asks for. */
const LOADERS = ["libvulkan1", "libegl1", "libglvnd0", "libopengl0", "libgl1", "libglx0", "libgles2"];

/** What Dawn's bindings for Node are made of. */
const PACKAGES = ["webgpu", "debug", "ms"];

export async function writePack(into: string, facts: Pick<Place, "commit" | "names" | "instructions">): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new SetupError("--pack: a pack holds this machine's Node and is for Linux on x64: make it on such a machine");
  }
  const folder = resolve(into);
  mkdirSync(folder, { recursive: true });
  const found = readdirSync(folder);
  if (found.length > 0 && !found.includes("facts.json")) {
    throw new SetupError(`--pack: expected an empty folder or an earlier pack, got ${into} with ${found[0]} in it`);
  }
  // the loaders stay, results of an earlier one, too
  for (const name of found.filter((name) => !/\.deb$|^results$/.test(name)))
    rmSync(join(folder, name), { recursive: true });
  copyHost(await bundleCases(), join(folder, "cases"));
  copyHost(await bundleBench(false), join(folder, "session"));
  await build({
    entryPoints: [join(root, "bench", "gpu", "packed.ts")],
    outfile: join(folder, "packed.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
    absWorkingDir: root,
  });
  for (const file of ["run", "pytorch_times.py"]) copyFileSync(join(root, "bench", "gpu", file), join(folder, file));
  writeFileSync(join(folder, "facts.json"), JSON.stringify(facts));
  say("packing Node and Dawn");
  execFileSync("tar", [
    ...["-C", join(root, "node_modules"), "-czf", join(folder, "webgpu.tar.gz")],
    ...["darwin", "win32", "linux-arm64"].map((other) => `--exclude=${other}*`),
    ...PACKAGES,
  ]);
  execFileSync("tar", ["-C", resolve(process.execPath, ".."), "-czhf", join(folder, "node.tar.gz"), "node"]);
  if (!readdirSync(folder).some((name) => name.startsWith("libvulkan1_"))) download(folder);
  say(`written to ${folder}; on the machine: bash ${into}/run`);
}

/** A host's bundle without what other hosts begin with, nor maps of its sources. */
function copyHost(from: string, to: string): void {
  const isOthers = (path: string) => /(^|\/)(page|deno)\.js$|\.map$/.test(path);
  cpSync(from, to, { recursive: true, filter: (path) => !isOthers(path) });
}

/** By apt's own client, without installing anything. */
function download(folder: string): void {
  say("fetching the loaders from Debian");
  try {
    execFileSync("apt-get", ["download", "-qq", ...LOADERS], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  } catch (error) {
    const why = error instanceof Error ? error.message.trim().split("\n").at(-1) : error;
    throw new SetupError(`--pack: apt-get download of ${LOADERS.join(", ")}: ${why}; try apt-get update first`);
  }
}
