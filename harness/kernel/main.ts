// npm run kernel -- NAME…: compiles kernels, runs the cases that reach them, and times them.
import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { KernelManifest } from "../../src/kernels/manifest.ts";
import type { CaseResult } from "../case.ts";
import { runProcess } from "../hosts/process.ts";
import { messageMark } from "../hosts/protocol.ts";
import { compileByDawn } from "../kernels/dawn.ts";
import { generateKernels } from "../kernels/generate.ts";
import { compileByNaga, skippedByNaga } from "../kernels/naga.ts";
import { readKernels } from "../kernels/read.ts";
import { type Complaint, describeComplaint, unitsOf } from "../kernels/unit.ts";
import { adapterOfThisRun } from "../setup/adapter.mjs";
import { bundleForNode } from "../setup/bundle.mjs";
import { ensurePackages } from "../setup/packages.mjs";
import { root } from "../setup/paths.mjs";
import { SetupError, say } from "../setup/say.mjs";
import { noteUses, readUses, unsurveyed } from "../uses/uses.ts";
import type { Told, Work } from "./child.ts";
import { byWays, chooseCases } from "./choose.ts";
import { findKernels } from "./find.ts";
import { tableOf } from "./table.ts";
import type { Timing } from "./time.ts";

interface Options {
  readonly names: readonly string[];
  readonly seconds: number;
  readonly all: boolean;
  readonly cases: boolean;
  readonly times: boolean;
}

/** A kernel may differ from the naive way by this share of the largest number: tolerances proper are the cases' business. */
const MOST_DIFFERENCE = 1e-3;

export async function main(args: readonly string[]): Promise<number> {
  const { options, survey, watching } = optionsOf(args);
  await ensurePackages("all");
  if (survey) await runSurvey();
  if (!watching) return (await check(options)) ? 0 : 1;
  for (;;) {
    const changed = nextSave();
    await check(options).catch((error) => {
      if (!(error instanceof SetupError)) throw error;
      console.error(`error: ${error.message}`);
    });
    console.log("\nwaiting for the next save; Ctrl-C ends");
    console.log(`\n${await changed} was saved`);
  }
}

function optionsOf(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        watch: { type: "boolean", default: false },
        seconds: { type: "string", default: "1" },
        all: { type: "boolean", default: false },
        survey: { type: "boolean", default: false },
        "no-cases": { type: "boolean", default: false },
        "no-times": { type: "boolean", default: false },
      },
    });
    const seconds = Number(values.seconds);
    if (!(seconds >= 0)) throw new Error(`--seconds: expected a number, got ${values.seconds}`);
    if (positionals.length === 0) throw new Error("which kernel?");
    const [cases, times] = [!values["no-cases"], !values["no-times"]];
    const options: Options = { names: positionals, seconds, all: values.all, cases, times };
    return { options, survey: values.survey, watching: values.watch };
  } catch (error) {
    throw new SetupError(`kernel: ${error instanceof Error ? error.message : error}; see --help`);
  }
}

/** Whether all is well. */
async function check({ names, seconds, all, cases, times }: Options): Promise<boolean> {
  const start = performance.now();
  const read = readKernels();
  generateKernels(read);
  for (const problem of read.problems) console.log(`FAILED ${problem}`);
  const chosen = [...new Set(names.flatMap((name) => findKernels(name, read.manifests)))];
  console.log(`${chosen.map(({ name }) => name).join(", ")}\n`);
  const naga = compile("naga", chosen, compileByNaga);
  const byDawn = await compile("Dawn", chosen, compileByDawn);
  if (!byDawn) {
    await naga;
    return false;
  }
  const picked = cases ? chooseCases(chosen, all ? Number.POSITIVE_INFINITY : 1e3 * seconds) : { names: [], left: 0 };
  const about = chosen.map(({ name }) => name);
  const ran = await runChild({ cases: picked.names, about, kernels: times ? about : [] });
  const failed = ran.results.filter(({ ok }) => !ok).length;
  if (cases) {
    const more = picked.left > 0 ? `; ${picked.left} more reach them, --all runs them` : "";
    console.log(`cases: ${ran.results.length - failed} of ${picked.names.length} ok${more}`);
  }
  if (times) console.log(`\n${tableOf(chosen, ran.timings, MOST_DIFFERENCE)}`);
  const differs = ran.timings.some(({ naive }) => naive && !(naive.difference <= MOST_DIFFERENCE));
  const compiled = await naga;
  console.log(`\n${((performance.now() - start) / 1e3).toFixed(1)} s`);
  return compiled && failed === 0 && ran.results.length === picked.names.length && !differs && !read.problems.length;
}

type Compile = (units: ReturnType<typeof unitsOf>) => Promise<Map<string, Complaint[]>>;

async function compile(compiler: string, kernels: readonly KernelManifest[], by: Compile): Promise<boolean> {
  const pairs = kernels.flatMap((kernel) => unitsOf(kernel).map((unit) => ({ kernel, unit })));
  const complaints = await by(pairs.map(({ unit }) => unit));
  const told = pairs.flatMap(({ kernel, unit }) =>
    (complaints.get(unit.id) ?? []).map((complaint) => describeComplaint(kernel, unit, complaint)),
  );
  const skipped = compiler === "naga" ? pairs.filter(({ unit }) => skippedByNaga(unit)).length : 0;
  for (const each of told) console.log(`FAILED ${each}`);
  const also = skipped > 0 ? `; ${skipped} need subgroups, which it does not take` : "";
  console.log(`${compiler}: ${told.length > 0 ? "FAILED" : "ok"}, ${pairs.length - skipped} variants${also}`);
  return told.length === 0;
}

interface Ran {
  readonly results: readonly CaseResult[];
  readonly timings: readonly Timing[];
}

/** Runs cases and times kernels in a process of its own, with the kernels as they are now. */
async function runChild(work: Work, timeoutMs = 600_000): Promise<Ran> {
  const results: CaseResult[] = [];
  const timings: Timing[] = [];
  const others: string[] = [];
  const { environment } = await adapterOfThisRun();
  const program = await bundleForNode(join(root, "harness", "kernel", "child.ts"));
  const { code, stderr } = await runProcess(process.execPath, ["--enable-source-maps", program], {
    environment,
    timeoutMs,
    input: JSON.stringify(work),
    onLine(line) {
      if (!line.startsWith(messageMark)) return void others.push(line);
      const told: Told = JSON.parse(line.slice(messageMark.length));
      if (told.type === "error") others.push(told.error);
      if (told.type === "timing") timings.push(told.timing);
      if (told.type !== "result") return;
      results.push(told.result);
      const { name, ok, error, ms } = told.result;
      if (!ok) console.log(`FAILED ${name} (${ms} ms)\n${error}`);
    },
  });
  if (code !== 0 || others.length > 0) console.log([...others, stderr].join("\n").trim());
  if (code !== 0) throw new SetupError(`kernel: the process ended with exit code ${code}`);
  // what a case left out is not known to be out of its reach
  noteUses(work.about ? results.filter(({ name }) => !byWays.has(name)) : results);
  return { results, timings };
}

async function runSurvey(): Promise<void> {
  generateKernels();
  const missing = unsurveyed(readUses());
  say(`running ${missing.length} cases to see which kernels they use`);
  await runChild({ cases: missing, kernels: [] }, 3_600_000);
}

/** Resolves with the file that is saved next. */
function nextSave(): Promise<string> {
  return new Promise((resolve) => {
    const watchers: FSWatcher[] = ["kernels", join("src", "ops"), join("test", "cases")].map((folder) =>
      watch(join(root, folder), { recursive: true }, (_, file) => {
        if (!file || !/\.(wgsl|ts)$/.test(file)) return;
        for (const each of watchers) each.close();
        // an editor may write in several steps
        setTimeout(() => resolve(join(folder, file)), 50);
      }),
    );
  });
}
