// Mesa's Vulkan drivers, unpacked into the cache: RADV, which compiles for AMD's GPUs without having one, and llvmpipe, which runs
// on the processor. From Debian's backports, by apt's own client; nothing is installed.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { withLock } from "./lock.mjs";
import { cache } from "./paths.mjs";
import { SetupError, say } from "./say.mjs";

export interface Mesa {
  /** Of the drivers: `25.0.7`. */
  readonly version: string;
  /** C headers of Vulkan. */
  readonly include: string;
  readonly libraries: string;
  /** What the environment of a process must say for its Vulkan to be llvmpipe. */
  readonly llvmpipe: Readonly<Record<string, string>>;
  /** The same for RADV that compiles for a GPU, `navi31` for example, which is not there. */
  radv(gpu: string): Readonly<Record<string, string>>;
}

const packages = ["mesa-vulkan-drivers", "libvulkan-dev"];
/** Debian 12 itself has a Mesa that Dawn refuses. */
const suites = ["bookworm-backports", "bookworm"];
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** Mesa's drivers; fetches them first where they are not there (30 MB, unpacked 150). */
export async function getMesa(): Promise<Mesa> {
  const folder = join(cache, "mesa");
  if (!existsSync(folder)) {
    if (process.platform !== "linux" || process.arch !== "x64") {
      throw new SetupError("Mesa's drivers are fetched for Linux on x64 only");
    }
    mkdirSync(cache, { recursive: true });
    await withLock(`${folder}.lock`, async () => {
      if (!existsSync(folder)) fetchInto(folder);
    });
  }
  const libraries = join(folder, "root", "usr", "lib", "x86_64-linux-gnu");
  const environment = (driver: string) => ({
    LD_LIBRARY_PATH: libraries,
    VK_DRIVER_FILES: join(folder, "drivers", `${driver}_icd.json`),
    // Vulkan's loader warns without one
    XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? "/tmp",
  });
  return {
    version: readFileSync(join(folder, "version"), "utf8"),
    include: join(folder, "root", "usr", "include"),
    libraries,
    llvmpipe: environment("lvp"),
    radv: (gpu) => ({ ...environment("radeon"), RADV_FORCE_FAMILY: gpu, MESA_SHADER_CACHE_DISABLE: "1" }),
  };
}

function fetchInto(folder: string): void {
  say("fetching Mesa's drivers from Debian (30 MB)");
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  for (const each of ["lists/partial", "archives/partial", "packages", "root", "drivers"]) {
    mkdirSync(join(partial, each), { recursive: true });
  }
  const apt = aptIn(partial);
  apt("update", "-qq");
  // what the system has already is left out: its own libraries are used
  const wanted = apt(
    "install",
    "-y",
    "--print-uris",
    "--no-install-recommends",
    "-t",
    suites[0] as string,
    ...packages,
  );
  const uris = [...wanted.matchAll(/^'(http[^']+)'/gm)].map(([, uri]) => uri as string);
  for (const uri of uris) {
    const file = join(partial, "packages", basename(uri));
    run("curl", ["-sSfL", "--retry", "3", "-o", file, uri]);
    run("dpkg-deb", ["-x", file, join(partial, "root")]);
  }
  const version = /mesa-vulkan-drivers_(?:\d+:)?([\d.]+)/.exec(uris.join("\n"))?.[1];
  if (version === undefined) throw new SetupError(`apt offers no ${packages[0]}`);
  writeFileSync(join(partial, "version"), version);
  nameLibraries(partial, folder);
  for (const each of ["lists", "archives", "packages"]) rmSync(join(partial, each), { recursive: true });
  renameSync(partial, folder);
}

/** apt with lists and sources of its own, which no other package of the system hears of. */
function aptIn(folder: string): (...args: string[]) => string {
  const mirror = run("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
    .split("\n")
    .find((uri) => uri !== "" && !uri.includes("security"));
  const from = mirror ?? "http://deb.debian.org/debian/";
  const sources = suites.map((suite) => `deb [signed-by=${keyring}] ${from} ${suite} main\n`);
  writeFileSync(join(folder, "sources.list"), sources.join(""));
  const options = [
    `Dir::Etc::SourceList=${join(folder, "sources.list")}`,
    "Dir::Etc::SourceParts=/dev/null",
    `Dir::State::Lists=${join(folder, "lists")}`,
    `Dir::Cache=${folder}`,
    "APT::Get::List-Cleanup=0",
  ].map((option) => `-o${option}`);
  return (...args) => run("apt-get", [...options, ...args]);
}

/** Drivers' descriptions with the libraries' paths, where the folder will lie. */
function nameLibraries(partial: string, folder: string): void {
  const from = join(partial, "root", "usr", "share", "vulkan", "icd.d");
  const libraries = join(folder, "root", "usr", "lib", "x86_64-linux-gnu");
  for (const name of readdirSync(from)) {
    const description = JSON.parse(readFileSync(join(from, name), "utf8"));
    description.ICD.library_path = join(libraries, basename(description.ICD.library_path));
    writeFileSync(join(partial, "drivers", name), JSON.stringify(description));
  }
}

function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 2 ** 26 });
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    const why = code === "ENOENT" ? "it is not installed" : stderr?.trim().split("\n").at(-1);
    throw new SetupError(`Mesa's drivers: ${command} failed: ${why}`);
  }
}
