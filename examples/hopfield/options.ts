import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { Flags } from "../shared/flags.ts";
import type { CapacityOptions } from "./capacity.ts";

export interface HopfieldOptions extends CapacityOptions {
  /** Numbers in the patterns of the largest classical network. */
  readonly units: number;
  /** The most patterns that attention stores. */
  readonly most: number;
  /** Share of a picture's pixels that are turned before recall. */
  readonly pictureNoise: number;
  readonly out: string;
  readonly adapter: AdapterChoice;
}

export const files = ["results.json", "capacity.svg", "recall.svg"] as const;

const defaults = { units: 400, most: 8192, noise: 0.1, updates: 20, beta: 1, draws: 8, states: 64, seed: 0 };
const pictureNoise = 0.2;
const out = "runs/hopfield";

export const help = `Stores pictures and random patterns in a Hopfield network by Hebb's rule and in a modern one, whose update is
attention, and measures how much comes back when recall begins with a corrupted pattern.

  node harness/with-adapter.mjs node harness/ts.mjs examples/hopfield/main.ts -- [options]

  --units N          units of the larger classical network; the smaller has a quarter (default: ${defaults.units})
  --most N           the most patterns that attention is given (default: ${defaults.most})
  --noise X          share of a random pattern that is corrupted (default: ${defaults.noise})
  --picture-noise X  and of a picture (default: ${pictureNoise})
  --updates N        of all units of the classical network (default: ${defaults.updates})
  --beta X           the modern network's factor of the scores (default: ${defaults.beta})
  --draws N          sets of patterns for each point of a curve (default: ${defaults.draws})
  --states N         corrupted patterns of each set (default: ${defaults.states})
  --seed N           of the patterns and of what corrupts them (default: ${defaults.seed})
  --out DIR          folder for ${files.join(", ")} (default: ${out})
  --adapter KIND     ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version          the version of seqgrad
  --help             this page
`;

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): HopfieldOptions {
  const flags = Flags.read(args, [...Object.keys(defaults), "picture-noise", "out", "adapter"]);
  const share = (name: string, fallback: number) =>
    flags.number(name, fallback, "a number from 0 up to 0.5", (value) => value >= 0 && value < 0.5);
  return {
    units: flags.integer("units", defaults.units, 40),
    most: flags.integer("most", defaults.most, 4),
    noise: share("noise", defaults.noise),
    pictureNoise: share("picture-noise", pictureNoise),
    updates: flags.integer("updates", defaults.updates),
    beta: flags.number("beta", defaults.beta, "a positive number", (value) => value > 0),
    draws: flags.integer("draws", defaults.draws),
    states: flags.integer("states", defaults.states),
    seed: flags.integer("seed", defaults.seed, 0, 2 ** 31),
    out: flags.path("out", out),
    adapter: flags.choice("adapter", "auto", adapters),
  };
}
