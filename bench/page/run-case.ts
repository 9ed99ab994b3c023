/** Runs one case inside a host: everyone's first call and answers, then the interleaved timing. */

import type { Device } from "../../src/index.ts";
import { measurePeaks } from "../../src/run/limits.ts";
import { findCase } from "../cases/index.ts";
import { type Prepared, Unsupported } from "../engines/engine.ts";
import { loadEngine } from "../engines/index.ts";
import type {
  BenchJob,
  BenchMessage,
  EngineName,
  EngineResult,
  Measured,
  Paired,
  SessionJob,
  SessionResult,
} from "../types.ts";
import { disagreement } from "./compare.ts";
import { countFor, installCounters, peakBytes, refused } from "./counters.ts";
import { measureDispatchCost } from "./dispatch-cost.ts";
import { pairedRatio } from "./paired.ts";
import { type Contender, calibrate, newContender, roundsOf, takeTurns, timingOf } from "./timing.ts";

/** A configuration that was this much slower than another of its engine when warming up is not timed further. */
const HOPELESS = 1.5;

type Send = (message: BenchMessage) => void;

export async function runJob(job: SessionJob, open: () => Promise<Device>, send: Send): Promise<void> {
  try {
    // Ours first: Node has no WebGPU classes before. It watches over its own errors.
    const device = await open();
    if (job === "dispatches") {
      const measured = await measureAdapter(device);
      send({ type: "dispatch cost", ...measured, cost: await measureDispatchCost(device) });
      return;
    }
    installCounters();
    if (job.firstCall) {
      send({ type: "first call", ms: await firstCall(job, device) });
      return;
    }
    send({ type: "result", result: await runCase(job, device, send) });
  } catch (error) {
    send({ type: "error", error: textOf(error) });
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Of one engine, in a page in which no other compiled anything; what it measures of the adapter warms all up alike. */
async function firstCall({ name, engines, quick, firstCall }: BenchJob, device: Device): Promise<number> {
  await measurePeaks(device);
  const engine = engines[0] as EngineName;
  const library = await loadEngine(engine);
  await library.start();
  const { work } = findCase(name);
  const prepared = await library.prepare(work, { engine, device, quick, configuration: firstCall?.configuration });
  return prepared.firstCallMs;
}

export async function measureAdapter(device: Device): Promise<Measured> {
  const { name, kind } = device.adapter;
  const { gflops, gbps, dispatchMicroseconds } = await measurePeaks(device);
  return {
    adapter: { name, kind },
    limits: { peakGflops: gflops, copyGBs: gbps, dispatchMicros: dispatchMicroseconds },
  };
}

async function runCase(job: BenchJob, device: Device, send: Send): Promise<SessionResult> {
  const { work } = findCase(job.name);
  send({ type: "progress", engine: "limits", phase: "measuring" });
  // Their buffers are not the engine's.
  countFor("limits");
  const measured = await measureAdapter(device);
  const failed: Partial<Record<EngineName, string>> = {};
  const prepared = new Map<EngineName, Prepared>();
  for (const engine of job.engines) {
    send({ type: "progress", engine, phase: "first call" });
    countFor(engine);
    try {
      const library = await loadEngine(engine);
      await library.start();
      const found = await library.prepare(work, { engine, device, quick: job.quick });
      const ours = prepared.get("seqgrad") ?? found;
      const wrong = [found.answers, ...(found.moreAnswers ?? [])]
        .map((answers) => disagreement(ours.answers, answers))
        .find(Boolean);
      if (wrong === undefined) prepared.set(engine, found);
      else failed[engine] = `disagrees: ${wrong}`;
    } catch (error) {
      // Without our answers nobody's can be checked.
      if (engine === "seqgrad") throw error;
      failed[engine] = error instanceof Unsupported ? error.message : `failed: ${textOf(error)}`;
    }
  }
  const { results, paired, pairs } = await timeAll(prepared, failed, job, send);
  for (const each of prepared.values()) each.dispose();
  const ours = prepared.get("seqgrad")?.work;
  return {
    ...measured,
    results,
    failed,
    ...(ours ? { work: ours } : {}),
    ...(paired ? { paired } : {}),
    pairs,
  };
}

async function timeAll(
  prepared: ReadonlyMap<EngineName, Prepared>,
  failed: Partial<Record<EngineName, string>>,
  { budgetMs, quick, rounds }: BenchJob,
  send: Send,
): Promise<Required<Pick<SessionResult, "results" | "pairs">> & { readonly paired: Paired | undefined }> {
  const contenders: Contender[] = [];
  const leftOut = new Map<EngineName, { configuration: string; leftOut: string }[]>();
  for (const [engine, { configurations }] of prepared) {
    send({ type: "progress", engine, phase: "warming up" });
    try {
      const warm = [];
      for (const configuration of configurations) {
        const contender = newContender(engine, configuration);
        warm.push({ contender, ms: await calibrate(contender, quick) });
      }
      const best = Math.min(...warm.map(({ ms }) => ms));
      for (const { contender, ms } of warm) {
        if (ms <= HOPELESS * best) contenders.push(contender);
        else {
          const list = leftOut.get(engine) ?? [];
          leftOut.set(engine, list);
          list.push({
            configuration: contender.configuration.name,
            leftOut: `${ms.toPrecision(3)} ms when warming up, against ${best.toPrecision(3)}`,
          });
        }
      }
    } catch (error) {
      if (engine === "seqgrad") throw error;
      failed[engine] = `failed: ${textOf(error)}`;
    }
  }
  send({ type: "progress", engine: "seqgrad", phase: "timing all in turns" });
  await takeTurns(contenders, { budgetMs, rounds: rounds ?? roundsOf(contenders, quick) }, ({ engine }, error) => {
    if (engine === "seqgrad") throw error;
    failed[engine] = `failed: ${textOf(error)}`;
  });
  const results: Partial<Record<EngineName, EngineResult>> = {};
  // Errors are told a little later than they happen.
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const [engine, { firstCallMs, configurations }] of prepared) {
    const wrong = refused(engine);
    if (wrong !== undefined) failed[engine] = `failed: WebGPU refused it: ${wrong}`;
    if (failed[engine] !== undefined) continue;
    const timings = contenders.filter((each) => each.engine === engine).map(timingOf);
    const best = timings.reduce<(typeof timings)[number] | undefined>(
      (a, b) => (a && a.medianMs <= b.medianMs ? a : b),
      undefined,
    );
    if (!best) continue;
    const others = configurations.length > 1 ? { configurations: [...timings, ...(leftOut.get(engine) ?? [])] } : {};
    results[engine] = { ...best, bytes: peakBytes(engine), firstCallMs, ...others };
  }
  const samplesOf = (name: EngineName) =>
    contenders.find((each) => each.engine === name && each.configuration.name === results[name]?.configuration)
      ?.samples;
  const [ours, before] = [samplesOf("seqgrad"), samplesOf("before")];
  const pairs: Partial<Record<EngineName, Paired>> = {};
  for (const name of Object.keys(results) as EngineName[]) {
    const samples = samplesOf(name);
    if (ours && samples && name !== "seqgrad") pairs[name] = pairedRatio(samples, ours);
  }
  return { results, pairs, paired: ours && before ? pairedRatio(ours, before) : undefined };
}
