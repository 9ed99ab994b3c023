import { KernelError, OutOfMemoryError } from "../../errors.ts";
import type { Device } from "../../gpu/device.ts";
import { withKernels } from "../../kernels/later.ts";
import { sliceProgram } from "../../plan/slice.ts";
import { Replay } from "../replay.ts";
import type { TuningClock } from "./clock.ts";
import { type Build, type Contest, findContests, isReady } from "./contests.ts";

export { tuningClock } from "./clock.ts";

/**
 * @internal Measures the open choices of a program on the device, on memory of their own, and remembers the fastest way of each.
 * The heaviest come first; a choice that the budget does not reach stays open.
 */
export async function tuneChoices(device: Device, build: Build, budgetMs: number, clock: TuningClock): Promise<void> {
  const deadline = clock.now() + budgetMs;
  const found = new Map<string, string>();
  const settled = new Set<string>();
  // what is found counts at once for the choices around it, in this device's programs only when all is done
  const adapter = () => ({ ...device.profile, measured: new Map([...device.tuning.choices, ...found]) });
  try {
    let again = true;
    while (again && clock.now() < deadline) {
      const contests = await withKernels(() => findContests(build, adapter(), settled));
      const ready = contests.filter((contest) => isReady(contest, adapter(), settled));
      for (const contest of ready) {
        if (clock.now() >= deadline) break;
        const way = await decide(device, contest, deadline, clock);
        if (way !== undefined) found.set(contest.key, way);
        settled.add(contest.key);
      }
      again = ready.length > 0 && ready.length < contests.length;
    }
  } finally {
    await device.tuning.remember(found);
  }
}

/** The fastest way of a choice; undefined where the time that is left, or the memory, does not allow to say. */
async function decide(
  device: Device,
  contest: Contest,
  deadline: number,
  clock: TuningClock,
): Promise<string | undefined> {
  const runners: Runner[] = [];
  try {
    for (const way of [contest.rule, ...contest.ways.filter((each) => each !== contest.rule)]) {
      const place = contest.places.get(way);
      if (!place) continue;
      const program = sliceProgram(place.program, place.choice);
      try {
        runners.push({ way, replay: await Replay.create(device, program), repeats: 1, seconds: [] });
      } catch (error) {
        // a way that this adapter cannot compile is none
        if (!(error instanceof KernelError)) throw error;
      }
    }
    return runners.length > 0 && contest.places.size > 1 ? await race(runners, deadline, clock) : undefined;
  } catch (error) {
    if (error instanceof OutOfMemoryError) return undefined;
    throw error;
  } finally {
    for (const { replay } of runners) replay.dispose();
  }
}

interface Runner {
  readonly way: string;
  readonly replay: Replay;
  repeats: number;
  /** Of one run, measured several times with as many repeats. */
  seconds: number[];
}

const FEWEST_ROUNDS = 3;
const MOST_ROUNDS = 25;
/** The two fastest samples of a way are this near each other where nothing disturbed them. */
const STEADY = 1.03;
/** A way that takes this many times as long as the best one on the first try is out. */
const HOPELESS = 3;
/** A way must be faster by this share than the ones before it, or two measurements might not agree. */
const MARGIN = 0.1;
/** Dispatches in one sample at most, so that they are encoded in a moment. */
const MOST_DISPATCHES = 10_000;

/** The rule's way comes first: it wins where nothing is clearly faster. */
async function race(runners: readonly Runner[], deadline: number, clock: TuningClock): Promise<string | undefined> {
  // a driver may finish compiling at the first run
  await clock.time(runners);
  if (!(await prolong(runners, deadline, clock))) return undefined;
  const best = Math.min(...runners.map(fastest));
  const rest = runners.filter((runner) => fastest(runner) <= HOPELESS * best);
  if (rest.length > 1) {
    const round = 1e3 * rest.reduce((sum, runner) => sum + runner.repeats * fastest(runner), 0);
    if (clock.now() + FEWEST_ROUNDS * round > deadline) return undefined;
    for (let i = 0; i < MOST_ROUNDS; i++) {
      if (i >= FEWEST_ROUNDS && (rest.every(isSteady) || clock.now() + round > deadline)) break;
      await timeAll(i % 2 === 0 ? rest : [...rest].reverse(), clock);
    }
  }
  let winner: Runner | undefined;
  for (const runner of rest) {
    if (!winner || fastest(runner) < (1 - MARGIN) * fastest(winner)) winner = runner;
  }
  return winner?.way;
}

/** Raises repeats until every sample is long enough, twice in a row; false if time is over before. */
async function prolong(runners: readonly Runner[], deadline: number, clock: TuningClock): Promise<boolean> {
  while (clock.now() < deadline) {
    await timeAll(runners, clock);
    for (const runner of runners) {
      const most = Math.max(1, Math.floor(MOST_DISPATCHES / runner.replay.program.dispatches.length));
      const seconds = runner.repeats * fastest(runner);
      if (seconds >= clock.shortest || runner.repeats >= most) continue;
      // by a clock that shows nothing yet, a guess
      const factor = seconds > 0 ? (1.3 * clock.shortest) / seconds : 16;
      runner.repeats = Math.min(most, Math.ceil(runner.repeats * Math.min(16, factor)));
      runner.seconds = [];
    }
    if (runners.every(({ seconds }) => seconds.length > 1)) return true;
  }
  return false;
}

async function timeAll(runners: readonly Runner[], clock: TuningClock): Promise<void> {
  const seconds = await clock.time(runners);
  runners.forEach((runner, i) => {
    runner.seconds.push((seconds[i] as number) / runner.repeats);
  });
}

/** Whatever else the machine does only adds to a time. */
const fastest = ({ seconds }: Runner): number => Math.min(...seconds);

function isSteady({ seconds }: Runner): boolean {
  const [first = 0, second = 0] = [...seconds].sort((a, b) => a - b);
  return second <= STEADY * first;
}
