import { OutOfMemoryError } from "../../errors.ts";
import type { AdapterProfile } from "../../graph/lowering.ts";
import { guessSeconds } from "../../plan/cuts.ts";
import type { MadeChoice, Program } from "../../plan/program.ts";

/** Builds the same program for an adapter, whatever has been measured on it. */
export type Build = (adapter: AdapterProfile) => Program;

/** A choice that nobody has measured, with a place in a program for each of its ways. */
export interface Contest {
  readonly key: string;
  readonly rule: string;
  readonly ways: readonly string[];
  readonly places: Map<string, { readonly program: Program; readonly choice: MadeChoice }>;
  /** Guessed seconds of a run that all places of this choice take together. */
  readonly weight: number;
}

/**
 * The open choices of a program, heaviest first. A build shows one way of each choice, so there is one more for each
 * further way, with all choices taking their next way at once; a choice that exists only inside another one's way is
 * explored from there.
 */
export function findContests(build: Build, adapter: AdapterProfile, settled: ReadonlySet<string>): Contest[] {
  const contests = new Map<string, Contest>();
  const queue: ReadonlyMap<string, string>[] = [new Map()];
  for (const forced of queue) {
    const program = buildForced(build, adapter, forced);
    if (!program) continue;
    const fresh: Contest[] = [];
    for (const choice of program.choices) {
      const { key, rule, ways, way } = choice;
      if (!isOpen(choice, adapter, settled)) continue;
      let contest = contests.get(key);
      if (!contest) {
        contest = { key, rule, ways, places: new Map(), weight: weightOf(key, program, adapter.kind) };
        contests.set(key, contest);
        fresh.push(contest);
      }
      if (!contest.places.has(way)) contest.places.set(way, { program, choice });
    }
    const further = fresh.map(({ key, rule, ways }) => ({ key, ways: ways.filter((way) => way !== rule) }));
    const rounds = Math.max(0, ...further.map(({ ways }) => ways.length));
    for (let round = 0; round < rounds; round++) {
      const next = new Map(forced);
      for (const { key, ways } of further) {
        const way = ways[round];
        if (way !== undefined) next.set(key, way);
      }
      queue.push(next);
    }
  }
  return [...contests.values()].sort((a, b) => b.weight - a.weight);
}

/** Undefined where one of these ways needs more memory than a buffer can have. */
function buildForced(build: Build, adapter: AdapterProfile, forced: ReadonlyMap<string, string>): Program | undefined {
  try {
    return build({ ...adapter, measured: new Map([...(adapter.measured ?? []), ...forced]) });
  } catch (error) {
    if (error instanceof OutOfMemoryError && forced.size > 0) return undefined;
    throw error;
  }
}

/** Whether no other open choice lies inside any of its ways: those are to be settled first. */
export function isReady({ key, places }: Contest, adapter: AdapterProfile, settled: ReadonlySet<string>): boolean {
  return [...places.values()].every(({ program, choice: { start, end } }) =>
    program.choices.every(
      (inner) => inner.key === key || inner.start < start || inner.end > end || !isOpen(inner, adapter, settled),
    ),
  );
}

function isOpen({ key, ways }: MadeChoice, { measured }: AdapterProfile, settled: ReadonlySet<string>): boolean {
  return ways.length > 1 && !settled.has(key) && !ways.includes(measured?.get(key) ?? "");
}

function weightOf(key: string, { choices, dispatches }: Program, kind: AdapterProfile["kind"]): number {
  return choices
    .filter((choice) => choice.key === key)
    .flatMap(({ start, end }) => dispatches.slice(start, end))
    .reduce((sum, dispatch) => sum + guessSeconds(dispatch, kind), 0);
}
