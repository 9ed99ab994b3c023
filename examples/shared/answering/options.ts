import { type AdapterChoice, adapters } from "../adapters.ts";
import { UserError } from "../errors.ts";
import type { Flags } from "../flags.ts";

/** The options that all programs with a Transformer that answers have in common. */
export interface AnsweringSettings {
  readonly dModel: number;
  readonly heads: number;
  readonly layers: number;
  readonly batch: number;
  readonly steps: number;
  readonly lr: number;
  readonly clip: number;
  readonly every: number;
  /** The training ends after so many checks in a row of which all are right. */
  readonly passes: number;
  readonly test: number;
  readonly seed: number;
  readonly out: string;
  readonly adapter: AdapterChoice;
}

export type AnsweringDefaults = Pick<
  AnsweringSettings,
  "dModel" | "heads" | "layers" | "batch" | "steps" | "lr" | "every" | "passes" | "test" | "out"
>;

export const settingNames = "d-model heads layers batch steps lr clip every passes test seed out adapter".split(" ");

/** Throws a UserError that says what is wrong and what would be right. */
export function readSettings(flags: Flags, defaults: AnsweringDefaults): AnsweringSettings {
  const positive = (name: "lr" | "clip", fallback: number) =>
    flags.number(name, fallback, "a positive number", (value) => value > 0);
  const dModel = flags.integer("d-model", defaults.dModel);
  const heads = flags.integer("heads", defaults.heads);
  if (dModel % heads !== 0) {
    throw new UserError(`--heads: ${heads} does not divide --d-model ${dModel}; give a divisor`);
  }
  return {
    dModel,
    heads,
    layers: flags.integer("layers", defaults.layers),
    batch: flags.integer("batch", defaults.batch),
    steps: flags.integer("steps", defaults.steps),
    lr: positive("lr", defaults.lr),
    clip: positive("clip", 1),
    every: flags.integer("every", defaults.every),
    passes: flags.integer("passes", defaults.passes),
    test: flags.integer("test", defaults.test),
    seed: flags.integer("seed", 0, 0, 2 ** 31),
    out: flags.path("out", defaults.out),
    adapter: flags.choice("adapter", "auto", adapters),
  };
}
