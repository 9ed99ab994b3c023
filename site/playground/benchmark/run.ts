/** All that was chosen, case by case. */
import { type PageSize, type PageWork, pageCase } from "../../../bench/cases/page.ts";
import { type Outcome, reportOf, runWithoutBroken } from "../../../bench/outcome.ts";
import type { BenchCase, BenchReport, DispatchCost, Measured, PageManifest, PeerName } from "../../../bench/types.ts";
import { runInWorker } from "./worker.ts";

export interface Choice {
  readonly works: readonly PageWork[];
  readonly size: PageSize;
  readonly peers: readonly PeerName[];
  readonly dispatchCost: boolean;
}

export interface RunOptions {
  readonly manifest: PageManifest;
  /** Folder of the benchmark's files. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** What goes on now: a case's name or `dispatches`, an engine and a phase of it. */
  readonly onProgress: (now: { readonly index: number; readonly engine: string; readonly phase: string }) => void;
  /** After each case, with all that came to an end so far. */
  readonly onReport: (report: BenchReport) => void;
}

/** Time for the turns of a case; the fewest of them are taken in any case, so that an interval can be told. */
const budgetMs = 3000;
const rounds = { fewest: 9, most: 25 };
/** A first call of a slow peer may take minutes on a software adapter; what takes longer has hung. */
const patience = 300_000;

/** @throws what the signal is aborted with, and where nothing came to an end */
export async function runChoice(choice: Choice, options: RunOptions): Promise<void> {
  const { manifest, folder, signal, onProgress, onReport } = options;
  const url = `${folder}worker.js`;
  const outcomes: [BenchCase, Outcome][] = [];
  let dispatchCost: DispatchCost | undefined;
  const measured: Measured[] = [];
  let wasHidden = document.hidden;
  const look = () => {
    wasHidden ||= document.hidden;
  };
  document.addEventListener("visibilitychange", look);
  const report = () => {
    const versions = choice.peers.map((peer) => [peer, manifest.peers[peer]?.version ?? "unknown"]);
    onReport({
      ...reportOf(
        outcomes,
        {
          notes: wasHidden ? ["The tab was in the background for a part of the time: times are noisy."] : [],
          host: "page",
          browser: navigator.userAgent,
          commit: manifest.commit,
          date: new Date().toISOString(),
          quick: false,
          machine: { cpus: navigator.hardwareConcurrency, model: "" },
          peers: Object.fromEntries(versions),
        },
        measured,
      ),
      ...(dispatchCost && { dispatchCost }),
    });
  };
  try {
    for (const [index, work] of choice.works.entries()) {
      const each = pageCase(work, choice.size);
      const engines = each.engines.filter((name) => name === "seqgrad" || choice.peers.some((peer) => peer === name));
      const outcome = await runWithoutBroken(engines, (engines, take) =>
        runInWorker(
          { name: each.name, engines, budgetMs, quick: false, rounds },
          {
            url,
            signal,
            patience,
            take(message) {
              if (message.type === "progress") onProgress({ index, engine: message.engine, phase: message.phase });
              if (message.type !== "dispatch cost") take(message);
            },
          },
        ),
      );
      outcomes.push([each, outcome]);
      if (outcomes.some(([, { result }]) => result)) report();
    }
    const [first] = outcomes;
    if (first && !outcomes.some(([, { result }]) => result))
      throw new Error(first[1].error ?? "No case came to an end.");
    if (!choice.dispatchCost) return;
    onProgress({ index: choice.works.length, engine: "limits", phase: "encoding, submitting, waiting" });
    let problem: string | undefined;
    const broken = await runInWorker("dispatches", {
      url,
      signal,
      patience,
      take(message) {
        if (message.type === "error") problem = message.error;
        if (message.type !== "dispatch cost") return;
        dispatchCost = message.cost;
        measured.push(message);
      },
    });
    if (!dispatchCost) throw new Error(`What a dispatch costs could not be measured: ${problem ?? broken}`);
    report();
  } finally {
    document.removeEventListener("visibilitychange", look);
  }
}
