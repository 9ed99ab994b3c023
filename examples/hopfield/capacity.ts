import type { Device } from "seqgrad";
import { seededRandom } from "../shared/random.ts";
import { openClassical, openModern, type Recall } from "./networks.ts";
import { corrupted, randomPatterns } from "./pictures.ts";

export interface CapacityOptions {
  /** Share of the numbers that are turned to their opposites before recall. */
  readonly noise: number;
  readonly updates: number;
  readonly beta: number;
  /** States recalled for a point of a curve: of so many draws of patterns, so many each. */
  readonly draws: number;
  readonly states: number;
  readonly seed: number;
}

/** How much of what was stored comes back. */
export interface CapacityPoint {
  readonly stored: number;
  /** Share of states that end with at least 95% of their numbers right: beyond capacity, hardly any are. */
  readonly recalled: number;
  /** Share of states of which every number is right. */
  readonly exact: number;
}

export interface CapacityCurve {
  readonly network: "classical" | "modern";
  readonly units: number;
  readonly points: readonly CapacityPoint[];
}

/** A curve over how many random patterns are stored. */
export async function measureCapacity(
  device: Device,
  network: CapacityCurve["network"],
  units: number,
  counts: readonly number[],
  options: CapacityOptions,
): Promise<CapacityCurve> {
  const sizes = { units, room: Math.max(...counts), states: options.states };
  const memory = await (network === "classical"
    ? openClassical(device, sizes, options.updates)
    : openModern(device, sizes, options.beta));
  const points: CapacityPoint[] = [];
  for (const stored of counts) points.push(await measurePoint(memory, sizes, stored, options));
  memory.dispose();
  return { network, units, points };
}

async function measurePoint(
  memory: Recall,
  { units, room, states }: { units: number; room: number; states: number },
  stored: number,
  { noise, draws, seed }: CapacityOptions,
): Promise<CapacityPoint> {
  const random = seededRandom(seed + stored);
  let [recalled, exact] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const patterns = new Float32Array(room * units);
    patterns.set(randomPatterns(random, stored, units));
    const rowOf = (state: number) => patterns.subarray((state % stored) * units, ((state % stored) + 1) * units);
    const begun = new Float32Array(states * units);
    for (let state = 0; state < states; state++) {
      begun.set(corrupted(rowOf(state), Math.round(noise * units), random), state * units);
    }
    const ended = await memory.recall(patterns, stored, begun);
    for (let state = 0; state < states; state++) {
      const right = rowOf(state).filter((number, i) => number === ended[state * units + i]).length;
      if (right >= 0.95 * units) recalled++;
      if (right === units) exact++;
    }
  }
  return { stored, recalled: recalled / (draws * states), exact: exact / (draws * states) };
}
