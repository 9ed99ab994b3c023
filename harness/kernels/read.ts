import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { root } from "../setup/paths.mjs";
import { KernelSourceError } from "./error.ts";
import { joinKernel } from "./join.ts";
import { reflectKernel } from "./reflect.ts";
import { checkVariants, readTags } from "./tags.ts";

/** Reads one kernel file, named from the folder `base` (the checkout), into its manifest. */
export function readKernel(file: string, base = root): KernelManifest {
  const joined = joinKernel(file, base);
  const tags = readTags(joined);
  const reflected = reflectKernel(joined);
  return {
    name: basename(file, ".wgsl"),
    file,
    source: joined.source,
    lines: joined.lines,
    entryPoint: reflected.entryPoint,
    bindings: reflected.bindings,
    params: reflected.params,
    paramsSize: reflected.paramsSize,
    overrides: reflected.overrides,
    specializations: tags.specializations,
    workgroupSize: reflected.workgroupSize,
    requires: tags.requires,
    variants: checkVariants(joined, tags, reflected.overrides),
  };
}

export interface ReadKernels {
  readonly manifests: readonly KernelManifest[];
  /** What is wrong with the kernels that could not be read, a line each. */
  readonly problems: readonly string[];
}

export function readKernels(base = root): ReadKernels {
  const files = kernelFiles("kernels", base).sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
  const problems: string[] = [];
  const manifests = files.flatMap((file, index) => {
    try {
      const before = files[index - 1];
      if (before !== undefined && basename(before) === basename(file)) {
        throw new KernelSourceError(file, 1, `${before} has this name: kernels are called by it, so each has its own`);
      }
      return [readKernel(file, base)];
    } catch (error) {
      if (!(error instanceof KernelSourceError)) throw error;
      problems.push(error.message);
      return [];
    }
  });
  return { manifests, problems };
}

/** The kernels below a folder. What lies in a folder `lib` is part of kernels, but none itself. */
function kernelFiles(folder: string, base: string): string[] {
  const path = join(base, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const below = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "lib" ? [] : kernelFiles(below, base);
    return below.endsWith(".wgsl") ? [below] : [];
  });
}
