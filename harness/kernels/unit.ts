import { originOf } from "../../src/kernels/join.ts";
import type { KernelManifest } from "../../src/kernels/manifest.ts";
import { specialize } from "../../src/kernels/specialize.ts";

/** One variant of one kernel, ready to be compiled. Plain data: it also goes to another process as JSON. */
export interface CompileUnit {
  /** `matmul_tiled [wide]` */
  readonly id: string;
  readonly code: string;
  readonly constants: Record<string, number>;
  readonly entryPoint: string;
  readonly access: readonly ("read" | "read_write" | "uniform")[];
  readonly requires: readonly string[];
  /** Whether the variant must do with the limits that every adapter has; one named `wide…` may ask for more. */
  readonly baseline: boolean;
}

/** What a compiler has to say against a unit; `line` is one of the joined source, from 1, 0 if it tells none. */
export interface Complaint {
  readonly line: number;
  readonly message: string;
}

export function unitsOf(kernel: KernelManifest): CompileUnit[] {
  return Object.keys(kernel.variants).map((variant) => ({
    ...specialize(kernel, variant),
    id: `${kernel.name} [${variant}]`,
    entryPoint: kernel.entryPoint,
    access: kernel.bindings.map(({ access }) => access),
    requires: kernel.requires,
    baseline: !variant.startsWith("wide"),
  }));
}

/** A complaint as one reads it: kernel file and line, variant, what is wrong. */
export function describeComplaint(kernel: KernelManifest, unit: CompileUnit, { line, message }: Complaint): string {
  const { file, line: own } = line > 0 ? originOf(kernel.lines, line) : { file: kernel.file, line: 1 };
  return `${file}:${own}: variant ${unit.id}: ${message}`;
}
