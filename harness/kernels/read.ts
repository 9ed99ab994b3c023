import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { root } from "../setup/paths.mjs";
import { KernelSourceError } from "./error.ts";
import { type Bound, joinKernel } from "./join.ts";
import { reflectKernel } from "./reflect.ts";
import { checkVariants, readTags } from "./tags.ts";
import { type Template, templatesOf } from "./template.ts";

/** Reads one kernel file, named from the folder `base` (the checkout), into its manifest. */
export function readKernel(
  file: string,
  base = root,
  name = basename(file, ".wgsl"),
  bound: Bound = {},
): KernelManifest {
  const joined = joinKernel(file, base, bound);
  const tags = readTags(joined);
  const reflected = reflectKernel(joined);
  return {
    name,
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
  const problems: string[] = [];
  const attempt = <T>(read: () => T): T[] => {
    try {
      return [read()];
    } catch (error) {
      if (!(error instanceof KernelSourceError)) throw error;
      problems.push(error.message);
      return [];
    }
  };
  const templates = kernelFiles("kernels", base)
    .flatMap((file) => attempt(() => templatesOf(file, readFileSync(join(base, file), "utf8"))).flat())
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const manifests = templates.flatMap((template, index) =>
    attempt(() => {
      refuseSame(template, templates[index - 1]);
      return readKernel(template.file, base, template.name, template.bound);
    }),
  );
  return { manifests, problems };
}

function refuseSame({ name, file }: Template, before: Template | undefined): void {
  if (before?.name !== name) return;
  throw new KernelSourceError(
    file,
    1,
    `${before.file} has a kernel ${name} too: kernels are called by their names, so each has its own`,
  );
}

/** The files of kernels below a folder. What lies in a folder `lib` or `cells` is part of kernels, but none itself. */
function kernelFiles(folder: string, base: string): string[] {
  const path = join(base, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
    const below = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ["lib", "cells"].includes(entry.name) ? [] : kernelFiles(below, base);
    return below.endsWith(".wgsl") ? [below] : [];
  });
}
