// Reads the kernels from their files.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { KernelError } from "../../src/errors.ts";
import { type Bound, directiveIn, joinKernel, wrongAt } from "../../src/kernels/join.ts";
import { manifestOf } from "../../src/kernels/kernel.ts";
import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { root } from "../setup/paths.mjs";
import { checkTags } from "./check.ts";
import { reflectKernel } from "./reflect.ts";
import { type Template, templatesOf } from "./template.ts";

const longest = 250;

/** Reads one kernel file, named from the folder `base` (the checkout), into its manifest, and checks it. */
export function readKernel(
  file: string,
  base = root,
  name = basename(file, ".wgsl"),
  bound: Bound = {},
): KernelManifest {
  const joined = joinKernel(file, (each) => readText(each, base, each !== file), bound);
  const manifest = manifestOf(name, file, joined);
  const { bindings, ...declared } = reflectKernel(joined);
  // first, since it says more: what is wrong for one reader is for the other
  checkTags(joined, manifest);
  for (const [key, value] of Object.entries({ bindings, ...declared })) {
    const own = manifest[key as keyof KernelManifest];
    if (isDeepStrictEqual(own, value)) continue;
    throw wrongAt(
      { file, line: 1 },
      `${key} is ${JSON.stringify(own)} for the runtime, ${JSON.stringify(value)} for wgsl_reflect`,
    );
  }
  return manifest;
}

/** As its lines are counted: without those that are empty at its end. */
export function readText(file: string, base: string, isLibrary = false): string | undefined {
  const path = join(base, file);
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8").replace(/\r\n/g, "\n").trimEnd();
  const { length } = text.split("\n");
  if (length > longest) {
    throw wrongAt({ file, line: longest + 1 }, `${length} lines, at most ${longest}: split the file`);
  }
  const directive = directiveIn(text);
  if (isLibrary && directive > 0) {
    throw wrongAt({ file, line: directive }, "a library cannot hold directives: put it into the kernel");
  }
  return text;
}

export interface ReadKernels {
  readonly manifests: readonly KernelManifest[];
  /** Those that the manifests were made of, one for one. */
  readonly templates: readonly Template[];
  /** What is wrong with the kernels that could not be read, a line each. */
  readonly problems: readonly string[];
}

export function readKernels(base = root): ReadKernels {
  const problems: string[] = [];
  const attempt = <T>(read: () => T): T[] => {
    try {
      return [read()];
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      problems.push(error.message);
      return [];
    }
  };
  const templates = kernelFiles("kernels", base)
    .flatMap((file) => attempt(() => templatesIn(file, base)).flat())
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const read = templates.flatMap((template, index) =>
    attempt(() => {
      refuseSame(template, templates[index - 1]);
      return [template, readKernel(template.file, base, template.name, template.bound)] as const;
    }),
  );
  return { manifests: read.map(([, manifest]) => manifest), templates: read.map(([template]) => template), problems };
}

const templatesIn = (file: string, base: string) => templatesOf(file, readFileSync(join(base, file), "utf8"));

/** What each kernel is made of, by its name, without reading the kernels themselves. */
export const readTemplates = (base = root): ReadonlyMap<string, Template> =>
  new Map(
    kernelFiles("kernels", base)
      .flatMap((file) => templatesIn(file, base))
      .map((template) => [template.name, template]),
  );

function refuseSame({ name, file }: Template, before: Template | undefined): void {
  if (before?.name !== name) return;
  throw wrongAt(
    { file, line: 1 },
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
