// npm run isa -- NAME…: measures kernels by their instructions.
import { parseArgs } from "node:util";
import { findKernels } from "../../harness/kernel/find.ts";
import { getMesa } from "../../harness/setup/mesa.ts";
import { SetupError, say } from "../../harness/setup/say.mjs";
import { type Compiler, compilers, isTranslatedBy } from "./capture.ts";
import { generatedUnits } from "./loops.ts";
import { changesText, writePage } from "./markdown.ts";
import { assemblyFolder, type Gpu, gpus, measure } from "./measure.ts";
import { buildNative } from "./native.ts";
import { keyOf, type Row, readTable, writeTable } from "./table.ts";
import { hardwareKernels, type MeasuredUnit, measuredUnits } from "./units.ts";

interface Options {
  readonly names: readonly string[];
  readonly gpus: readonly Gpu[];
  readonly compilers: readonly Compiler[];
  readonly again: boolean;
  readonly model: boolean;
}

export async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options.model) {
    console.log(await renewModel());
    return 0;
  }
  const manifests = hardwareKernels();
  const generated = await generatedUnits();
  const all = [...manifests.flatMap(measuredUnits), ...generated];
  const named = new Set(
    options.names.flatMap((name) => {
      const made = generated.map(({ kernel }) => kernel).filter((kernel) => kernel.startsWith(name));
      return made.length > 0 ? made : findKernels(name, manifests).map(({ name }) => name);
    }),
  );
  const units = named.size > 0 ? all.filter(({ kernel }) => named.has(kernel)) : all;
  const before = new Map([...readTable().values()].flat().map((row) => [keyOf(row), row]));
  const renewed = await renew(units, before, options);
  const rows = keepRows(all, new Map([...before, ...renewed]));
  writeTable(rows);
  writePage(rows);
  if (renewed.size > 0) await renewModel();
  const shown = named.size > 0 ? [...rows.values()].flat().filter(({ kernel }) => named.has(kernel)) : renewed.values();
  const asked = [...shown].filter(
    ({ gpu, compiler }) => options.gpus.includes(gpu as Gpu) && options.compilers.includes(compiler as Compiler),
  );
  if (asked.length > 0) console.log(changesText(asked, before));
  if (renewed.size > 0) console.log(`\n${renewed.size} rows renewed; instructions in ${assemblyFolder}`);
  else console.log("no row is stale");
  return 0;
}

/** The report of the model, which reads the table. */
async function renewModel(): Promise<string> {
  const { writeReport } = await import("./model/report.ts");
  return writeReport();
}

/** Measures the units whose rows are missing or tell of another text. */
async function renew(
  units: readonly MeasuredUnit[],
  before: ReadonlyMap<string, Row>,
  { gpus, compilers, again }: Options,
): Promise<Map<string, Row>> {
  const renewed = new Map<string, Row>();
  for (const compiler of compilers) {
    const isStale = (unit: MeasuredUnit, gpu: Gpu) =>
      again || before.get(keyOf({ ...unit, compiler, gpu }))?.hash !== unit.hash;
    const stale = units.filter((unit) => isTranslatedBy(compiler, unit) && gpus.some((gpu) => isStale(unit, gpu)));
    if (stale.length === 0) continue;
    const mesa = await getMesa();
    const native = buildNative(mesa);
    say(`measuring ${stale.length} variants of kernels by ${compiler}`);
    for (const row of await measure(compiler, gpus, stale, mesa, native)) renewed.set(keyOf(row), row);
  }
  return renewed;
}

/** The rows of kernels that there are, by family. */
function keepRows(units: readonly MeasuredUnit[], rows: ReadonlyMap<string, Row>): Map<string, Row[]> {
  const families = new Map<string, Row[]>();
  for (const unit of units) {
    const own = compilers.flatMap((compiler) =>
      gpus.flatMap((gpu) => rows.get(keyOf({ ...unit, compiler, gpu })) ?? []),
    );
    families.set(unit.family, [...(families.get(unit.family) ?? []), ...own]);
  }
  return families;
}

function optionsOf(args: readonly string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        gpu: { type: "string", default: gpus.join() },
        compiler: { type: "string", default: compilers.join() },
        again: { type: "boolean", default: false },
        model: { type: "boolean", default: false },
      },
    });
    return {
      names: positionals,
      gpus: several("--gpu", values.gpu, gpus),
      compilers: several("--compiler", values.compiler, compilers),
      again: values.again,
      model: values.model,
    };
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message.split("\n")[0] : error}; see --help`);
  }
}

const several = <Name extends string>(option: string, text: string, known: readonly Name[]): readonly Name[] =>
  text.split(",").map((each) => {
    const found = known.find((name) => name === each);
    if (!found) throw new SetupError(`${option}: expected ${known.join(", ")}, got "${each}"`);
    return found;
  });
