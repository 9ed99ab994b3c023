// What is measured: each variant of every kernel that hardware adapters run.
import { createHash } from "node:crypto";
import { readTemplates } from "../../harness/kernels/read.ts";
import { type CompileUnit, unitsOf } from "../../harness/kernels/unit.ts";
import { kernels } from "../../src/kernels/generated/all.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import type { KernelManifest } from "../../src/kernels/manifest.ts";

export interface MeasuredUnit extends CompileUnit {
  /** The folder below `kernels/`. */
  readonly family: string;
  readonly kernel: string;
  readonly variant: string;
  readonly hash: string;
}

/** The kernels that are not for software adapters alone. */
export function hardwareKernels(): KernelManifest[] {
  const templates = readTemplates();
  return (Object.values(kernels) as Kernel[])
    .filter(({ name }) => templates.get(name)?.software === false)
    .map(({ manifest }) => manifest);
}

export const measuredUnits = (manifest: KernelManifest): MeasuredUnit[] =>
  unitsOf(manifest).map((unit) => ({
    ...unit,
    family: manifest.file.split("/")[1] as string,
    kernel: manifest.name,
    variant: /\[(.*)\]$/.exec(unit.id)?.[1] as string,
    hash: hashOf(unit),
  }));

/** Comments and spaces change no instruction. */
export const hashOf = ({ code, constants }: Pick<CompileUnit, "code" | "constants">): string =>
  createHash("sha256")
    .update(code.replace(/\/\/.*$/gm, "").replace(/\s+/g, " "))
    .update(JSON.stringify(constants))
    .digest("hex")
    .slice(0, 10);
