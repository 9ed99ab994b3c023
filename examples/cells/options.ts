import { taskNames } from "../classic-tests/help.mjs";
import type { TaskName } from "../classic-tests/tasks/task.ts";
import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { readFlags } from "../shared/command-line.ts";
import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import { all } from "./help.mjs";
import { readSaved } from "./saved.ts";

export type CellName = (typeof all)[number];

export interface CellsOptions {
  readonly cells: readonly CellName[];
  readonly tasks: readonly TaskName[];
  readonly shortest: number;
  readonly longest: number;
  /** To copy. */
  readonly symbols: number;
  readonly hidden: number;
  readonly batch: number;
  /** At one length. */
  readonly steps: number;
  readonly lr: number;
  /** Sequences of the evaluation sets, and steps from one evaluation to the next. */
  readonly test: number;
  readonly every: number;
  readonly seed: number;
  readonly out: string;
  readonly adapter: AdapterChoice;
}

const own = "cells tasks shortest longest symbols hidden batch steps lr test every seed out".split(" ");

/**
 * Reads the command line, or the folder of a run that is to go on. Throws a UserError that says what is wrong and what would
 * be right.
 */
export function parseOptions(args: readonly string[]): CellsOptions & { readonly resume: boolean } {
  const flags = readFlags(args, [...own, "resume", "adapter"]);
  const adapter = flags.choice("adapter", "auto", adapters);
  if (!flags.has("resume")) return { ...readOptions(flags), adapter, resume: false };
  const extra = own.find((name) => flags.has(name));
  if (extra !== undefined) throw new UserError(`--${extra}: a run goes on with its own options; leave it out`);
  const out = flags.path("resume", "");
  return { ...readSaved(out).options, out, adapter, resume: true };
}

function readOptions(flags: Flags): Omit<CellsOptions, "adapter"> {
  const shortest = flags.integer("shortest", 4, 2);
  const longest = flags.integer("longest", 32, 2);
  if (longest < shortest) throw new UserError(`--longest: is ${longest}, expected at least --shortest, ${shortest}`);
  const hidden = flags.integer("hidden", 24);
  if (hidden % 4 !== 0) throw new UserError(`--hidden: is ${hidden}, expected a multiple of 4, sLstm's heads`);
  return {
    ...{ cells: flags.choices("cells", all, all), tasks: flags.choices("tasks", taskNames, taskNames) },
    ...{ shortest, longest, hidden },
    symbols: flags.integer("symbols", 2),
    batch: flags.integer("batch", 32),
    steps: flags.integer("steps", 200),
    lr: flags.number("lr", 0.02, "a positive number", (value) => value > 0),
    test: flags.integer("test", 64),
    every: flags.integer("every", 10),
    seed: flags.integer("seed", 0, 0, 2 ** 32 - 1),
    out: flags.path("out", "runs/cells"),
  };
}

/** Each twice as long as the one before, up to the longest. */
export function lengthsOf({ shortest, longest }: Pick<CellsOptions, "shortest" | "longest">): number[] {
  const lengths: number[] = [];
  for (let length = shortest; length <= longest; length *= 2) lengths.push(length);
  return lengths;
}
