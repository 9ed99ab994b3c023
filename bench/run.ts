/** Runs cases one after the other and puts a report together. */
import { cpus, loadavg } from "node:os";
import type { HostName } from "../harness/case.ts";
import { checkOut } from "./against.ts";
import { bundleBench } from "./bundle.ts";
import { commit } from "./commit.ts";
import { type Outcome, reportOf, runWithoutBroken } from "./outcome.ts";
import { installPeers, peerVersions } from "./peers/install.ts";
import { runSession } from "./sessions.ts";
import {
  type BenchCase,
  type BenchReport,
  type EngineName,
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

interface Ran extends Outcome {
  /** Of the browser, or the runtime. */
  readonly version: string;
}

/** A first call of a slow peer may take minutes on a software adapter; what takes longer than this has hung. */
const PATIENCE_MS = 420_000;

export async function runBench(options: RunOptions): Promise<BenchReport> {
  const { cases, host, quick } = options;
  const loadBefore = loadavg()[0] as number;
  const peers = host === "chromium" ? options.peers : [];
  if (peers.length > 0) await installPeers();
  const earlier = options.against === undefined ? undefined : await checkOut(options.against);
  const folder = await bundleBench(peers.length > 0, earlier);
  const outcomes: [BenchCase, Ran][] = [];
  const reportSoFar = () =>
    reportOf(outcomes, {
      notes: notesOf(loadBefore, quick),
      host,
      browser: outcomes[0]?.[1].version ?? "",
      commit: commit(),
      ...(earlier === undefined ? {} : { against: earlier.commit }),
      date: new Date().toISOString(),
      quick,
      machine: { cpus: cpus().length, model: cpus()[0]?.model ?? "", loadBefore },
      peers: peerVersions(peers),
    });
  for (const each of cases) {
    const outcome = await runOne(each, folder, { ...options, peers });
    outcomes.push([each, outcome]);
    const { result, error } = outcome;
    options.onCase?.({ name: each.name, ...(result ? { result } : {}), ...(error ? { error } : {}) });
    if (outcomes.some(([, { result }]) => result)) options.onReport?.(reportSoFar());
  }
  return reportSoFar();
}

function notesOf(load: number, quick: boolean): string[] {
  return [
    ...(load > 0.5
      ? [`The machine was busy when the run began (load ${load.toFixed(1)} on ${cpus().length} CPUs): times are noisy.`]
      : []),
    ...(quick ? ["A quick run: few samples."] : []),
  ];
}

async function runOne(
  { name, engines }: BenchCase,
  folder: string,
  { host, peers, quick, budgetMs, against }: RunOptions,
): Promise<Ran> {
  const isPeer = (engine: EngineName) => (peerNames as readonly string[]).includes(engine);
  let chosen = engines.filter((engine) => !isPeer(engine) || peers.some((peer) => peer === engine));
  if (against !== undefined) chosen = ["seqgrad", "before", ...chosen.filter((engine) => engine !== "seqgrad")];
  let version = "";
  const outcome = await runWithoutBroken(chosen, async (engines, take) => {
    const end = await runSession(
      host,
      { name, engines, quick, budgetMs },
      { folder, timeoutMs: PATIENCE_MS + 4 * budgetMs, take },
    );
    version = end.version;
    return end.broken === undefined ? undefined : [end.broken, ...end.printed].join("\n");
  });
  return { ...outcome, version };
}
