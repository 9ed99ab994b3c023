import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { readFlags } from "../shared/command-line.ts";
import type { CapacityOptions } from "./capacity.ts";
import { defaults, out, pictureNoise } from "./help.mjs";

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

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): HopfieldOptions {
  const flags = readFlags(args, [...Object.keys(defaults), "picture-noise", "out", "adapter"]);
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
