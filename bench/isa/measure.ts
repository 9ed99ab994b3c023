// Rows of the table: units through a compiler of WGSL and then through the driver's, for each GPU.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runProcess } from "../../harness/hosts/process.ts";
import type { Mesa } from "../../harness/setup/mesa.ts";
import { cache } from "../../harness/setup/paths.mjs";
import { SetupError } from "../../harness/setup/say.mjs";
import { hotLoop } from "./assembly.ts";
import { type Captured, type Compiler, capture } from "./capture.ts";
import type { Native } from "./native.ts";
import type { Row } from "./table.ts";
import type { MeasuredUnit } from "./units.ts";

/** Of AMD, by the driver's names: RDNA 3, RDNA 2 and Vega. */
export const gpus = ["navi31", "navi21", "vega10"] as const;
export type Gpu = (typeof gpus)[number];

/** Where the instructions of what was measured last lie. */
export const assemblyFolder = join(cache, "isa", "assembly");

export const assemblyFile = (compiler: string, gpu: string, kernel: string, variant: string): string =>
  join(assemblyFolder, `${compiler}-${gpu}`, `${kernel}${variant === "default" ? "" : `.${variant}`}.s`);

/** Measures units by one compiler on several GPUs. */
export async function measure(
  compiler: Compiler,
  wanted: readonly Gpu[],
  units: readonly MeasuredUnit[],
  mesa: Mesa,
  native: Native,
): Promise<Row[]> {
  const folder = join(cache, "isa", "spirv", `${process.pid}-${compiler}`);
  try {
    const captured = await capture(compiler, units, folder, mesa, native);
    const rows = wanted.map((gpu) => rowsOn(gpu, compiler, captured, mesa, native));
    return (await Promise.all(rows)).flat();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Statistics = Readonly<Record<string, number>> & { readonly error?: string };

async function rowsOn(
  gpu: Gpu,
  compiler: Compiler,
  captured: readonly Captured<MeasuredUnit>[],
  mesa: Mesa,
  native: Native,
): Promise<Row[]> {
  mkdirSync(join(assemblyFolder, `${compiler}-${gpu}`), { recursive: true });
  const files = captured.map(({ unit }) => assemblyFile(compiler, gpu, unit.kernel, unit.variant));
  const jobs = captured.map(({ file, entryPoint, bindings }, i) => `${file} ${entryPoint} ${bindings} ${files[i]}\n`);
  const { code, stdout, stderr } = await runProcess(native.compiler, [], {
    environment: mesa.radv(gpu),
    input: jobs.join(""),
  });
  const answers: Statistics[] = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  if (code !== 0 || answers.length !== captured.length) {
    const at = captured[answers.length]?.unit.id;
    throw new SetupError(`${gpu}: the driver's compiler ended with ${code} at ${at}:\n${stderr}`);
  }
  return answers.map((answer, i) => {
    const { unit } = captured[i] as Captured<MeasuredUnit>;
    if (answer.error !== undefined) throw new SetupError(`${gpu}: ${compiler}: ${unit.id}: ${answer.error}`);
    return rowOf(gpu, compiler, unit, answer, readFileSync(files[i] as string, "utf8"));
  });
}

function rowOf(gpu: Gpu, compiler: Compiler, unit: MeasuredUnit, said: Statistics, assembly: string): Row {
  const of = (name: string): number => {
    const value = said[name];
    if (value === undefined) throw new Error(`the driver says nothing of "${name}"`);
    return value;
  };
  const hot = hotLoop(assembly);
  return {
    kernel: unit.kernel,
    variant: unit.variant,
    compiler,
    gpu,
    hash: unit.hash,
    wave: of("Wave"),
    vgprs: of("VGPRs"),
    sgprs: of("SGPRs"),
    spilled: of("Spilled VGPRs") + of("Spilled SGPRs"),
    scratch: of("Scratch size"),
    shared: of("LDS size"),
    waves: of("Subgroups per SIMD"),
    code: of("Code size"),
    issued: hot?.issued ?? 0,
    multiplyAdds: hot?.multiplyAdds ?? 0,
    memory: hot?.memory ?? 0,
    sharedAccesses: hot?.shared ?? 0,
    barriers: hot?.barriers ?? 0,
  };
}
