// What the two compilers of WGSL make of kernels: SPIR-V.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runDeno } from "../../harness/hosts/deno-process.ts";
import { runProcess } from "../../harness/hosts/process.ts";
import { skippedByNaga } from "../../harness/kernels/naga.ts";
import type { CompileUnit } from "../../harness/kernels/unit.ts";
import { bundleForNode } from "../../harness/setup/bundle.mjs";
import type { Mesa } from "../../harness/setup/mesa.ts";
import { root } from "../../harness/setup/paths.mjs";
import { SetupError } from "../../harness/setup/say.mjs";
import type { CaptureJob } from "./capture-child.ts";
import type { Native } from "./native.ts";
import { readSpirv, type SpirvModule } from "./spirv.ts";

/** Tint is Dawn's, so Chromium's and Node's; naga is wgpu's, so Firefox's and Deno's. */
export const compilers = ["tint", "naga"] as const;
export type Compiler = (typeof compilers)[number];

/** naga knows no subgroups. */
export const isTranslatedBy = (compiler: Compiler, unit: CompileUnit): boolean =>
  compiler === "tint" || skippedByNaga(unit) === undefined;

export interface Captured<Unit extends CompileUnit = CompileUnit> extends SpirvModule {
  readonly unit: Unit;
  /** The SPIR-V. */
  readonly file: string;
}

/**
 * Has a compiler translate units, each into a file of the folder. Those that it cannot are left out.
 * They run on llvmpipe, which is of the same Mesa as the driver that compiles afterwards and promises as much: what compilers
 * leave to the hardware, such as bounds of buffers, depends on it.
 */
export async function capture<Unit extends CompileUnit>(
  compiler: Compiler,
  units: readonly Unit[],
  folder: string,
  mesa: Mesa,
  native: Native,
): Promise<Captured<Unit>[]> {
  mkdirSync(folder, { recursive: true });
  const own = units.filter((unit) => isTranslatedBy(compiler, unit));
  const jobs = own.map((unit, index) => ({ unit, file: join(folder, `${index}.spv`) }) satisfies CaptureJob);
  const options = { input: JSON.stringify(jobs), environment: { ...mesa.llvmpipe, ...native.layer } };
  const child = join(root, "bench", "isa", "capture-child.ts");
  const { code, stdout, stderr } =
    compiler === "naga"
      ? await runDeno(child, options)
      : await runProcess(process.execPath, [await bundleForNode(child)], options);
  const answer = stdout.split("\n").findLast((line) => line.startsWith("["));
  if (code !== 0 || answer === undefined) {
    throw new SetupError(`${compiler} could not be asked (exit code ${code}):\n${stdout}${stderr}`);
  }
  const wrong = new Map<string, string | null>(JSON.parse(answer));
  return jobs.flatMap(({ unit, file }) => {
    const why = wrong.get(unit.id);
    if (why) throw new SetupError(`${compiler}: ${unit.id}: ${why}`);
    const bytes = readFileSync(file);
    return [{ unit, file, ...readSpirv(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)) }];
  });
}
