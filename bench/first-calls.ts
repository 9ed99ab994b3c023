/** First calls by themselves: each engine, and each configuration of it, in a fresh browser in which nothing was compiled before. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname } from "node:path";
import type { HostName } from "../harness/case.ts";
import { checkOut } from "./against.ts";
import { bundleBench } from "./bundle.ts";
import { commit } from "./commit.ts";
import { formulations } from "./engines/jax/formulations.ts";
import { median } from "./median.ts";
import { installPeers, peerVersions } from "./peers/install.ts";
import { runSession } from "./sessions.ts";
import type { BenchCase, BenchJob, EngineName, PeerName } from "./types.ts";

export interface FirstCallOptions {
  readonly cases: readonly BenchCase[];
  readonly peers: readonly PeerName[];
  readonly host: HostName;
  readonly quick: boolean;
  readonly against: string | undefined;
  readonly rounds: number;
  readonly json: string | undefined;
}

interface Contender {
  readonly engine: EngineName;
  readonly configuration?: string;
  /** Milliseconds, one of each round. */
  readonly ms: number[];
  failed?: string;
}

const PATIENCE_MS = 180_000;

/** Rounds in turns, every second one the other way around, as all is measured here. */
export async function runFirstCalls(options: FirstCallOptions): Promise<number> {
  const { cases, host, against, rounds, json } = options;
  const peers = host === "chromium" ? options.peers : [];
  const loadBefore = loadavg()[0] as number;
  if (peers.length > 0) await installPeers();
  const earlier = against === undefined ? undefined : await checkOut(against);
  const folder = await bundleBench(peers.length > 0, earlier);
  const rows: { name: string; calls: readonly Contender[] }[] = [];
  const report = () => ({
    host,
    commit: commit(),
    ...(earlier ? { against: earlier.commit } : {}),
    date: new Date().toISOString(),
    machine: { cpus: cpus().length, model: cpus()[0]?.model ?? "", loadBefore },
    peers: peerVersions(peers),
    firstCalls: rows.map(({ name, calls }) => ({
      name,
      calls: calls.map((each) => ({ ...each, ...(each.ms.length > 0 ? { medianMs: median(each.ms) } : {}) })),
    })),
  });
  for (const each of cases) {
    const contenders = contendersOf(each, peers, earlier !== undefined);
    for (let round = 0; round < rounds; round++) {
      for (const contender of round % 2 === 0 ? contenders : [...contenders].reverse()) {
        if (contender.failed !== undefined) continue;
        await callOnce(each, contender, folder, options);
      }
    }
    rows.push({ name: each.name, calls: contenders });
    const said = contenders.map(({ engine, configuration, ms, failed }) => {
      const who = configuration === undefined ? engine : `${engine} (${configuration})`;
      return `${who} ${ms.length > 0 ? `${median(ms).toFixed(0)} ms` : `failed: ${failed?.split("\n")[0]}`}`;
    });
    console.log(`${rows.length}/${cases.length} ${each.name}: ${said.join(", ")}`);
    if (!json) continue;
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(json, `${JSON.stringify(report(), null, 2)}\n`);
  }
  return rows.some(({ calls }) => calls.some(({ engine, failed }) => engine === "seqgrad" && failed)) ? 1 : 0;
}

function contendersOf({ engines }: BenchCase, peers: readonly PeerName[], earlier: boolean): Contender[] {
  const contenders: Contender[] = [{ engine: "seqgrad", ms: [] }];
  if (earlier) contenders.push({ engine: "before", ms: [] });
  for (const engine of peers) {
    if (!engines.includes(engine)) continue;
    if (engine !== "jax") contenders.push({ engine, ms: [] });
    else for (const { name } of formulations) contenders.push({ engine, configuration: name, ms: [] });
  }
  return contenders;
}

async function callOnce(
  { name }: BenchCase,
  contender: Contender,
  folder: string,
  { host, quick }: FirstCallOptions,
): Promise<void> {
  const { engine, configuration } = contender;
  const job: BenchJob = { name, engines: [engine], quick, budgetMs: 0, firstCall: { configuration } };
  const end = await runSession(host, job, {
    folder,
    timeoutMs: PATIENCE_MS,
    take(message) {
      if (message.type === "first call") contender.ms.push(message.ms);
      if (message.type === "error") contender.failed = message.error;
    },
  });
  if (end.broken !== undefined) contender.failed = [end.broken, ...end.printed].join("\n");
}
