// Packs the package and installs the tarball into a clean folder.
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildPackage } from "../../harness/build.ts";
import { runProcess } from "../../harness/hosts/process.ts";
import { root } from "../../harness/setup/paths.mjs";

export interface Installed {
  /** A project of its own that has the package. */
  readonly folder: string;
  /** The package in it. */
  readonly installed: string;
  readonly tarball: string;
  /** Paths in the tarball, and its bytes. */
  readonly files: readonly string[];
  readonly size: number;
}

/** `webgpu` is put there by hand: tests are offline. */
export async function installPackage(): Promise<Installed> {
  const problems = await buildPackage();
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const folder = mkdtempSync(join(tmpdir(), "seqgrad-package-"));
  const [packed] = JSON.parse(await npm(root, "pack", "--json", "--pack-destination", folder));
  const tarball = join(folder, packed.filename);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  await npm(folder, "install", "--offline", "--legacy-peer-deps", "--no-audit", "--no-fund", tarball);
  for (const name of ["webgpu", "debug", "ms"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name), "junction");
  }
  const files = packed.files.map(({ path }: { path: string }) => path);
  return { folder, installed: join(folder, "node_modules", "seqgrad"), tarball, files, size: packed.size };
}

async function npm(cwd: string, ...args: string[]): Promise<string> {
  const script = process.env.npm_execpath;
  const [command, before] = script?.endsWith("npm-cli.js") ? [process.execPath, [script]] : ["npm", []];
  const { code, stdout, stderr } = await runProcess(command, [...before, ...args], { cwd });
  if (code !== 0) throw new Error(`npm ${args[0]} failed:\n${stdout}${stderr}`);
  return stdout;
}
