/** Asks a GPU all of it, in programs that are bundled already: it needs no package, so it runs on a bare machine, too. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join } from "node:path";
import { Collector } from "../../harness/hosts/collect.ts";
import { runProcess } from "../../harness/hosts/process.ts";
import { messageMark } from "../../harness/hosts/protocol.ts";
import { runStdioHost } from "../../harness/hosts/stdio-host.ts";
import { gpuCases } from "../cases/gpu.ts";
import { cardOf, millisecondsOf } from "../isa/model/beside.ts";
import type { InstructionTable } from "../isa/model/instructions.ts";
import { type Outcome, reportOf } from "../outcome.ts";
import type {
  BenchCase,
  BenchMessage,
  BenchReport,
  DispatchCost,
  Measured,
  PlannedDispatch,
  SessionJob,
} from "../types.ts";
import type { GpuOptions } from "./options.ts";

/** Where the programs of a run lie, and what it needs to know of its origin. */
export interface Place {
  /** The cases, for Node. */
  readonly cases: string;
  /** The benchmark's session, for Node. */
  readonly session: string;
  readonly torch: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly commit: string;
  /** Where results go that are named by their adapter. */
  readonly results: string;
  /** Names of all cases. */
  readonly names: readonly string[];
  /** What the model goes by. */
  readonly instructions: InstructionTable;
}

interface CasesReport {
  readonly adapter: string;
  readonly as?: string;
  readonly ok: number;
  readonly total: number;
  readonly failed: readonly { readonly name: string; readonly error: string }[];
  /** Where the process ended before its work was done. */
  readonly broken?: string;
}

/** Milliseconds by name of a case and way of PyTorch, or why there are none. */
type TorchReport =
  | { readonly missing: string }
  | {
      readonly version: string;
      readonly device: string;
      readonly ms: Readonly<Record<string, Record<string, number>>>;
    };

/** What the model of `npm run isa -- --model` says, by name of a case; it knows few cards. */
type ModelReport =
  | { readonly missing: string }
  | { readonly card: string; readonly ms: Readonly<Record<string, number>> };

/** What a file of results holds. */
export interface GpuReport {
  readonly cases?: CasesReport;
  readonly dispatchCost?: DispatchCost;
  readonly bench?: BenchReport;
  readonly model?: ModelReport;
  /** What each program ran, by name of a case: what the model is to be corrected by. */
  readonly plans?: Readonly<Record<string, readonly PlannedDispatch[]>>;
  readonly torch?: TorchReport;
}

/** Of one case: first calls on a software adapter take long. */
const PATIENCE_MS = 420_000;

/** @returns the exit code: 0 where all cases were right and nothing broke */
export async function measureGpu(place: Place, options: GpuOptions): Promise<number> {
  const loadBefore = loadavg()[0] as number;
  const has = (part: GpuOptions["only"][number]) => options.only.includes(part);
  const isChosen = (name: string) => options.names.length === 0 || options.names.some((text) => name.includes(text));
  const chosen = gpuCases.filter(({ suite, name }) => has(suite as "layers") && isChosen(name));
  let report: GpuReport = {};
  let measured: readonly Measured[] = [];
  let adapter: string | undefined;
  const outcomes: [BenchCase, Outcome][] = [];
  const write = () => {
    if (outcomes.some(([, { result }]) => result)) {
      const bench = benchReport(place, outcomes, measured, loadBefore);
      const plans = Object.fromEntries(
        outcomes.flatMap(([{ name }, { result }]) => (result?.work ? [[name, result.work.plan] as const] : [])),
      );
      report = { ...report, bench, model: modelReport(bench.adapter, plans, place.instructions), plans };
    }
    adapter ??= nameOf(report.bench?.adapter ?? report.cases?.adapter);
    const file = options.json ?? join(place.results, `gpu-${slug(adapter ?? "unknown")}.json`);
    mkdirSync(dirname(file), { recursive: true });
    const head = {
      adapter,
      commit: place.commit,
      date: new Date().toISOString(),
      node: process.version,
      machine: machineWith(loadBefore),
    };
    writeFileSync(file, `${JSON.stringify({ ...head, ...report }, null, 2)}\n`);
    return file;
  };

  if (has("cases")) {
    report = { ...report, cases: await runCases(place, place.names.filter(isChosen), options.as) };
    write();
  }
  if (has("dispatches")) {
    const { told, broken } = await session(place, "dispatches", PATIENCE_MS);
    if (told?.type === "dispatch cost") {
      measured = [{ adapter: told.adapter, limits: told.limits }];
      adapter = told.adapter.name;
      report = { ...report, dispatchCost: told.cost };
      const [first] = told.cost.ways;
      console.log(
        `dispatches: ${told.adapter.name}, one pass: encode ${first?.encode.median.toFixed(2)} µs, submit ${first?.submit.median.toFixed(2)}, wait ${first?.wait.median.toFixed(2)} each; peak ${told.limits.peakGflops.toFixed(0)} GFLOP/s, copies ${told.limits.copyGBs.toFixed(0)} GB/s`,
      );
    } else console.log(`dispatches: FAILED ${told?.type === "error" ? told.error : broken}`);
    write();
  }
  for (const each of chosen) {
    outcomes.push([each, await runOne(place, each, options.budgetMs)]);
    write();
  }
  if (has("torch")) {
    const works = gpuCases.filter(({ name }) => isChosen(name));
    report = { ...report, torch: runTorch(place.torch, works) };
    write();
  }
  console.log(`\n${tableOf(report)}\n\nwritten to ${write()}`);
  const { cases } = report;
  const isWrong = cases !== undefined && (cases.failed.length > 0 || cases.broken !== undefined);
  return isWrong || outcomes.some(([, { result }]) => !result?.results.seqgrad) ? 1 : 0;
}

const machineWith = (loadBefore: number) => ({ cpus: cpus().length, model: cpus()[0]?.model ?? "", loadBefore });

/** Without the kind that some parts say behind it: results of all parts go into one file. */
const nameOf = (adapter: string | undefined): string | undefined => adapter?.replace(/ \((?:software|hardware)\)$/, "");

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");

async function runCases(place: Place, names: readonly string[], as: GpuOptions["as"]): Promise<CasesReport> {
  const failed: { name: string; error: string }[] = [];
  let [ok, adapter] = [0, "unknown"];
  const onResult = (result: { name: string; ok: boolean; error?: string; ms: number }) => {
    if (result.ok) ok++;
    else failed.push({ name: result.name, error: result.error ?? "" });
    console.log(
      `${result.ok ? "ok" : "FAILED"} ${result.name} (${result.ms} ms)${result.error ? `\n${result.error}` : ""}`,
    );
  };
  const facts = () => ({ adapter, ...(as ? { as } : {}), ok, total: names.length, failed });
  try {
    const host = await runStdioHost(
      { names, ...(as ? { as } : {}) },
      3_600_000,
      new Collector("node", onResult),
      (options) => runProcess(process.execPath, [place.cases], { ...options, environment: place.environment }),
    );
    adapter = host.adapter;
  } catch (error) {
    const broken = error instanceof Error ? error.message : String(error);
    console.log(`cases: BROKEN ${broken}`);
    return { ...facts(), broken };
  }
  console.log(`cases: ${ok} of ${names.length} ok on ${adapter}${as ? `, as ${as}` : ""}`);
  return facts();
}

async function session({ session, environment }: Place, job: SessionJob, timeoutMs: number) {
  let told: BenchMessage | undefined;
  const onLine = (line: string) => {
    if (line.startsWith(messageMark)) told = JSON.parse(line.slice(messageMark.length));
  };
  const input = JSON.stringify(job);
  const { code, signal, stderr, timedOut } = await runProcess(process.execPath, [session], {
    environment,
    input,
    timeoutMs,
    onLine,
  });
  const ended = timedOut ? `no end after ${timeoutMs / 1000} s` : `it ended with ${code ?? signal}`;
  return { told, broken: `${ended}\n${stderr.slice(-1000)}` };
}

async function runOne(place: Place, { name, engines }: BenchCase, budgetMs: number): Promise<Outcome> {
  const job = { name, engines, budgetMs, quick: false, rounds: { fewest: 3, most: 200 } };
  const { told, broken } = await session(place, job, PATIENCE_MS + 4 * budgetMs);
  const result = told?.type === "result" ? told.result : undefined;
  const ours = result?.results.seqgrad;
  const error = ours ? undefined : (result?.failed.seqgrad ?? (told?.type === "error" ? told.error : broken));
  console.log(ours ? `${name}: ${ours.medianMs.toPrecision(3)} ms` : `${name}: FAILED ${error}`);
  return { failed: {}, ...(result ? { result } : {}), ...(error ? { error } : {}) };
}

function benchReport(
  { commit }: Place,
  outcomes: readonly [BenchCase, Outcome][],
  measured: readonly Measured[],
  loadBefore: number,
): BenchReport {
  const facts = {
    notes: loadBefore > 0.5 ? [`The machine was busy when the run began (load ${loadBefore.toFixed(1)}).`] : [],
    host: "node" as const,
    browser: process.version,
    commit,
    date: new Date().toISOString(),
    quick: false,
    machine: machineWith(loadBefore),
    peers: {},
  };
  return reportOf(outcomes, facts, measured);
}

function modelReport(
  adapter: string,
  plans: Readonly<Record<string, readonly PlannedDispatch[]>>,
  instructions: InstructionTable,
): ModelReport {
  const card = cardOf(adapter);
  if (!card) return { missing: `the model has no constants of ${adapter}` };
  const known = Object.entries(plans).flatMap(([name, plan]) => {
    const ms = millisecondsOf(card, plan, instructions);
    return ms === undefined ? [] : [[name, ms] as const];
  });
  return { card: card.name, ms: Object.fromEntries(known) };
}

/** PyTorch where Python has it and a GPU for it. */
function runTorch(script: string, works: readonly BenchCase[]): TorchReport {
  const input = JSON.stringify(works.map(({ name, work }) => ({ name, work })));
  const { status, stdout, stderr, error } = spawnSync("python3", [script], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return JSON.parse(stdout);
  const missing = error
    ? `no python3: ${error.message}`
    : (stderr.trim().split("\n").at(-1) ?? `it ended with ${status}`);
  console.log(`torch: ${missing}`);
  return { missing };
}

/** Ours beside the model's and PyTorch's, by name. */
export function tableOf({ bench, model, torch }: GpuReport): string {
  const modelled = model && "ms" in model ? model : undefined;
  const theirs = torch && "ms" in torch ? torch.ms : {};
  const ways = [...new Set(Object.values(theirs).flatMap((each) => Object.keys(each)))];
  const lines = (bench?.cases ?? []).map(({ name, results, rooflineShare }) => {
    const ours = results.seqgrad;
    if (!ours) return [name, "failed"];
    const share = rooflineShare === undefined ? "" : `${(100 * rooflineShare).toFixed(0)}%`;
    const others = ways.map((way) => theirs[name]?.[way]?.toPrecision(3) ?? "");
    const guess = modelled ? [modelled.ms[name]?.toPrecision(3) ?? ""] : [];
    return [name, ours.medianMs.toPrecision(3), String(ours.dispatches), share, ...guess, ...others];
  });
  const guessed = modelled ? [`model, ${modelled.card}`] : [];
  const heads = ["", "seqgrad, ms", "dispatches", "of its limit", ...guessed, ...ways.map((way) => `torch ${way}`)];
  return [heads, ...lines]
    .map((cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(46) : cell.padStart(16))).join(""))
    .join("\n");
}
