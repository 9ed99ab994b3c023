/** Runs cases one after the other and puts a report together. */
import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import type { HostName } from "../harness/case.ts";
import { root } from "../harness/setup/paths.mjs";
import { checkOut } from "./against.ts";
import { bundleBench } from "./bundle.ts";
import { installPeers, peerVersions } from "./peers/install.ts";
import { runSession } from "./sessions.ts";
import {
  type BenchCase,
  type BenchReport,
  type CaseReport,
  type EngineName,
  type Limits,
  type PeerName,
  peerNames,
  type SessionResult,
} from "./types.ts";

export interface RunOptions {
  readonly cases: readonly BenchCase[];
  readonly peers: readonly PeerName[];
  readonly host: HostName;
  readonly quick: boolean;
  readonly budgetMs: number;
  /** A commit of this project to take turns with. */
  readonly against?: string | undefined;
  readonly onCase?: (done: { name: string; result?: SessionResult; error?: string }) => void;
  /** After each case, with all that came to an end so far: what a run that is broken off leaves. */
  readonly onReport?: (report: BenchReport) => void;
}

/** A first call of a slow peer may take minutes on a software adapter; what takes longer than this has hung. */
const PATIENCE_MS = 420_000;

interface Outcome {
  readonly result?: SessionResult;
  readonly error?: string;
  readonly failed: Partial<Record<EngineName, string>>;
  readonly version: string;
}

export async function runBench(options: RunOptions): Promise<BenchReport> {
  const { cases, host, quick } = options;
  const loadBefore = loadavg()[0] as number;
  const peers = host === "chromium" ? options.peers : [];
  if (peers.length > 0) await installPeers();
  const earlier = options.against === undefined ? undefined : await checkOut(options.against);
  const folder = await bundleBench(peers.length > 0, earlier);
  const outcomes: [BenchCase, Outcome][] = [];
  const reportSoFar = () => reportOf(outcomes, { host, quick, loadBefore, peers, against: earlier?.commit });
  for (const each of cases) {
    const outcome = await runOne(each, folder, { ...options, peers });
    outcomes.push([each, outcome]);
    const { result, error } = outcome;
    options.onCase?.({ name: each.name, ...(result ? { result } : {}), ...(error ? { error } : {}) });
    if (outcomes.some(([, { result }]) => result)) options.onReport?.(reportSoFar());
  }
  return reportSoFar();
}

function reportOf(
  outcomes: readonly (readonly [BenchCase, Outcome])[],
  {
    host,
    quick,
    loadBefore,
    peers,
    against,
  }: Pick<RunOptions, "host" | "quick" | "peers" | "against"> & { readonly loadBefore: number },
): BenchReport {
  const done = outcomes.flatMap(([, { result }]) => (result ? [result] : []));
  const adapter = done[0]?.adapter;
  if (!adapter) throw new Error(`no case came to an end: ${outcomes[0]?.[1].error ?? "none was chosen"}`);
  const limits = bestLimits(done.map((each) => each.limits));
  return {
    adapter: adapter.kind === "software" ? `${adapter.name} (software)` : adapter.name,
    adapterKind: adapter.kind,
    notes: notesOf(adapter.kind, loadBefore, quick),
    host,
    browser: outcomes[0]?.[1].version ?? "",
    commit: commit(),
    ...(against === undefined ? {} : { against }),
    date: new Date().toISOString(),
    quick,
    machine: { cpus: cpus().length, model: cpus()[0]?.model ?? "", loadBefore },
    peers: peerVersions(peers),
    limits,
    cases: outcomes.map(([each, outcome]) => caseReport(each, outcome, limits)),
  };
}

/** A peer with which the page hangs or breaks is left out, and the case begun again. */
async function runOne(
  { name, engines }: BenchCase,
  folder: string,
  { host, peers, quick, budgetMs, against }: RunOptions,
): Promise<Outcome> {
  const isPeer = (engine: EngineName) => (peerNames as readonly string[]).includes(engine);
  let chosen = engines.filter((engine) => !isPeer(engine) || peers.some((peer) => peer === engine));
  if (against !== undefined) chosen = ["seqgrad", "before", ...chosen.filter((engine) => engine !== "seqgrad")];
  const failed: Partial<Record<EngineName, string>> = {};
  for (;;) {
    let at: { engine: EngineName | "limits"; phase: string } = { engine: "limits", phase: "starting" };
    let told: { result?: SessionResult; error?: string } = {};
    const end = await runSession(
      host,
      { name, engines: chosen, quick, budgetMs },
      {
        folder,
        timeoutMs: PATIENCE_MS + 4 * budgetMs,
        take(message) {
          if (message.type === "progress") at = message;
          else if (message.type !== "first call") told = message;
        },
      },
    );
    const { result, error } = told;
    if (result) return { result, failed, version: end.version };
    const why = error ?? [`${end.broken} (${at.engine}, ${at.phase})`, ...end.printed].join("\n");
    const culprit = chosen.find((engine) => engine === at.engine && engine !== "seqgrad");
    if (!culprit) return { error: why, failed, version: end.version };
    failed[culprit] = `failed: ${why}`;
    chosen = chosen.filter((engine) => engine !== culprit);
  }
}

/** The adapter's limits are the best that any session saw: a machine that is busy elsewhere only makes them look lower. */
function bestLimits(all: readonly Limits[]): Limits {
  return {
    peakGflops: Math.max(...all.map(({ peakGflops }) => peakGflops)),
    copyGBs: Math.max(...all.map(({ copyGBs }) => copyGBs)),
    dispatchMicros: Math.min(...all.map(({ dispatchMicros }) => dispatchMicros)),
  };
}

function caseReport({ name, suite }: BenchCase, { result, error, failed }: Outcome, limits: Limits): CaseReport {
  if (!result) return { name, suite, results: {}, failed: { ...failed, seqgrad: error ?? "failed" }, ratio: {} };
  const ours = result.results.seqgrad;
  const others = Object.entries(result.results).filter(([engine]) => engine !== "seqgrad");
  const ratio = ours ? Object.fromEntries(others.map(([engine, each]) => [engine, each.medianMs / ours.medianMs])) : {};
  const { work } = result;
  const roofline = work && {
    flops: work.flops / limits.peakGflops / 1e6,
    bytes: work.bytes / limits.copyGBs / 1e6,
    dispatches: (work.dispatches * limits.dispatchMicros) / 1e3,
  };
  return {
    name,
    suite,
    results: result.results,
    failed: { ...failed, ...result.failed },
    ratio,
    ...(result.paired ? { paired: result.paired } : {}),
    ...(roofline && ours
      ? { roofline, rooflineShare: Math.max(roofline.flops, roofline.bytes, roofline.dispatches) / ours.medianMs }
      : {}),
  };
}

function notesOf(kind: "hardware" | "software", load: number, quick: boolean): string[] {
  return [
    ...(kind === "software"
      ? [
          "The adapter is emulated on the CPU: milliseconds and their ratios are no GPU figures; dispatches, submits and first calls carry over.",
        ]
      : []),
    ...(load > 0.5
      ? [`The machine was busy when the run began (load ${load.toFixed(1)} on ${cpus().length} CPUs): times are noisy.`]
      : []),
    ...(quick ? ["A quick run: few samples."] : []),
  ];
}

export function commit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  try {
    // Its own results and reports aside, what is not committed is marked.
    const changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results");
    return `${git("rev-parse", "HEAD")}${changed ? "-dirty" : ""}`;
  } catch {
    return "unknown";
  }
}
