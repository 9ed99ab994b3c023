import type { Configuration } from "../engines/engine.ts";
import type { EngineName, Quartiles, Timing } from "../types.ts";
import { countFor, counts } from "./counters.ts";

export interface Contender {
  readonly engine: EngineName;
  readonly configuration: Configuration;
  /** Steps of a sample. */
  steps: number;
  readonly samples: number[];
  dispatches: number;
  submits: number;
  stepsCounted: number;
}

/** A sample is at least this long, so that waiting for the GPU at its end hardly counts. */
const SAMPLE_MS = 60;
const QUICK_SAMPLE_MS = 20;
const MOST_STEPS = 1000;
const MOST_ROUNDS = 15;
/** With an earlier commit beside ours the pairs decide: fewer say nothing, more are taken while the time lasts. */
const PAIRED_ROUNDS = { fewest: 15, most: 60 };

export const newContender = (engine: EngineName, configuration: Configuration): Contender => ({
  engine,
  configuration,
  steps: 1,
  samples: [],
  dispatches: 0,
  submits: 0,
  stepsCounted: 0,
});

/** Milliseconds per step of one sample. */
async function sample(contender: Contender): Promise<number> {
  const { engine, configuration, steps } = contender;
  countFor(engine);
  const before = counts();
  const start = performance.now();
  await configuration.run(steps, () => {
    const now = counts();
    contender.dispatches += now.dispatches - before.dispatches;
    contender.submits += now.submits - before.submits;
    contender.stepsCounted += steps;
  });
  return (performance.now() - start) / steps;
}

/** One sample that is not kept: warms up, and says how many steps a sample wants. Gives the milliseconds of a step. */
export async function calibrate(contender: Contender, quick: boolean): Promise<number> {
  const wanted = quick ? QUICK_SAMPLE_MS : SAMPLE_MS;
  let ms = await sample(contender);
  // The first is often slow for reasons of its own; where that was a matter of little time, ask again.
  for (let i = 0; i < 2 && ms < wanted; i++) {
    contender.steps = Math.max(1, Math.min(MOST_STEPS, Math.ceil(wanted / 2 / ms)));
    ms = await sample(contender);
  }
  contender.steps = Math.max(1, Math.min(MOST_STEPS, Math.ceil(wanted / ms)));
  contender.dispatches = contender.submits = contender.stepsCounted = 0;
  return ms;
}

export interface Rounds {
  readonly fewest: number;
  readonly most: number;
}

export function roundsOf(contenders: readonly Contender[], quick: boolean): Rounds {
  const paired = contenders.some(({ engine }) => engine === "before");
  return paired ? PAIRED_ROUNDS : { fewest: quick ? 2 : 3, most: MOST_ROUNDS };
}

/**
 * Everyone a sample, A B A B, so that whatever else the machine does falls on all of them; until the time is over.
 * @param onFailure who fails is out, and the others go on
 */
export async function takeTurns(
  all: readonly Contender[],
  { budgetMs, rounds: { fewest, most } }: { readonly budgetMs: number; readonly rounds: Rounds },
  onFailure: (contender: Contender, error: unknown) => void,
): Promise<void> {
  let contenders = all;
  const start = performance.now();
  for (let round = 0; round < most; round++) {
    const spent = performance.now() - start;
    if (round >= fewest && spent * (1 + 1 / round) > budgetMs) return;
    // every second round the other way around: nobody always runs after the same other
    const turn = round % 2 === 0 ? contenders : [...contenders].reverse();
    for (const contender of turn) {
      try {
        contender.samples.push(await sample(contender));
      } catch (error) {
        onFailure(contender, error);
        contenders = contenders.filter((each) => each !== contender);
      }
    }
  }
}

export function quartiles(samples: readonly number[]): Quartiles {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number];
    return low + (high - low) * (place - Math.floor(place));
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

export function timingOf({ configuration, samples, dispatches, submits, stepsCounted }: Contender): Timing {
  const { median: medianMs, low, high } = quartiles(samples);
  const perStep = (count: number) => Math.round((count / stepsCounted) * 10) / 10;
  return {
    configuration: configuration.name,
    medianMs,
    spread: (high - low) / medianMs,
    samples: samples.length,
    dispatches: perStep(dispatches),
    submits: perStep(submits),
  };
}
