/** From what sessions tell to what a report says of a case. Knows neither browsers nor files: the page uses it, too. */
import type {
  BenchCase,
  BenchMessage,
  BenchReport,
  CaseReport,
  EngineName,
  Limits,
  Measured,
  SessionResult,
} from "./types.ts";

export interface Outcome {
  readonly result?: SessionResult;
  readonly error?: string;
  readonly failed: Readonly<Partial<Record<EngineName, string>>>;
}

/** Runs one case; gives why it ended without having told a result or an error, where it did. */
export type RunSession = (
  engines: readonly EngineName[],
  take: (message: BenchMessage) => void,
) => Promise<string | undefined>;

/** A peer with which a session hangs or breaks is left out, and the case begun again. */
export async function runWithoutBroken(engines: readonly EngineName[], run: RunSession): Promise<Outcome> {
  let chosen = engines;
  const failed: Partial<Record<EngineName, string>> = {};
  for (;;) {
    let at: { engine: EngineName | "limits"; phase: string } = { engine: "limits", phase: "starting" };
    let told: { result?: SessionResult; error?: string } = {};
    const broken = await run(chosen, (message) => {
      if (message.type === "progress") at = message;
      else if (message.type === "result") told = { result: message.result };
      else if (message.type === "error") told = { error: message.error };
    });
    const { result, error } = told;
    if (result) return { result, failed };
    const why = error ?? `(${at.engine}, ${at.phase}) ${broken}`;
    const culprit = chosen.find((engine) => engine === at.engine && engine !== "seqgrad");
    if (!culprit) return { error: why, failed };
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
    ...(result.pairs ? { pairs: result.pairs } : {}),
    ...(roofline && ours
      ? { roofline, rooflineShare: Math.max(roofline.flops, roofline.bytes, roofline.dispatches) / ours.medianMs }
      : {}),
  };
}

const softwareNote =
  "The adapter is emulated on the CPU: milliseconds and their ratios are no GPU figures; dispatches, submits and first calls carry over.";

/**
 * All cases that came to an end, as a file holds them.
 * @param facts what the cases do not tell of host and machine
 * @param measured by sessions that had no case
 * @throws where none came to an end
 */
export function reportOf(
  outcomes: readonly (readonly [BenchCase, Outcome])[],
  facts: Omit<BenchReport, "adapter" | "adapterKind" | "limits" | "cases">,
  measured: readonly Measured[] = [],
): BenchReport {
  const done = [...outcomes.flatMap(([, { result }]) => (result ? [result] : [])), ...measured];
  const adapter = done[0]?.adapter;
  if (!adapter) throw new Error(`no case came to an end: ${outcomes[0]?.[1].error ?? "none was chosen"}`);
  const limits = bestLimits(done.map((each) => each.limits));
  const isSoftware = adapter.kind === "software";
  return {
    ...facts,
    adapter: isSoftware ? `${adapter.name} (software)` : adapter.name,
    adapterKind: adapter.kind,
    notes: [...(isSoftware ? [softwareNote] : []), ...facts.notes],
    limits,
    cases: outcomes.map(([each, outcome]) => caseReport(each, outcome, limits)),
  };
}
