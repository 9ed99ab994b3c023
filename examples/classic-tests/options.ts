import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { type Cell, cells } from "../shared/cells.ts";
import { readFlags } from "../shared/command-line.ts";
import { UserError } from "../shared/errors.ts";
import { taskFacts, taskNames, usual } from "./help.mjs";
import type { TaskName } from "./tasks/task.ts";

export interface ClassicOptions {
  readonly taskName: TaskName;
  readonly cells: readonly Cell[];
  readonly length: number;
  /** To copy; of no meaning to the other tasks. */
  readonly symbols: number;
  readonly hidden: number;
  readonly batch: number;
  readonly steps: number;
  /** Learning rates, tried in turn until the task is learned. */
  readonly lr: readonly number[];
  readonly clip: number;
  readonly curriculum: boolean;
  /** Sequences of the evaluation set, and steps from one evaluation to the next. */
  readonly test: number;
  readonly every: number;
  readonly seed: number;
  readonly out: string;
  readonly adapter: AdapterChoice;
}

const known = "task cells length symbols hidden batch steps lr clip curriculum test every seed out adapter".split(" ");

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): ClassicOptions {
  const flags = readFlags(args, known);
  const taskName = flags.choice("task", "adding", taskNames);
  if (flags.has("symbols") && taskName !== "copy") {
    throw new UserError(`--symbols belongs to --task copy, not to ${taskName}; leave it out`);
  }
  const { defaults } = taskFacts[taskName];
  const positive = (value: number) => value > 0;
  return {
    taskName,
    cells: flags.choices("cells", usual, cells),
    length: flags.integer("length", defaults.length, 2),
    symbols: flags.integer("symbols", 10),
    hidden: flags.integer("hidden", defaults.hidden),
    batch: flags.integer("batch", defaults.batch),
    steps: flags.integer("steps", defaults.steps),
    lr: flags.numbers("lr", defaults.lr, "positive numbers with commas between them", positive),
    clip: flags.number("clip", 1, "a positive number", positive),
    curriculum: flags.choice("curriculum", "on", ["on", "off"]) === "on",
    test: flags.integer("test", 256),
    every: flags.integer("every", 50),
    seed: flags.integer("seed", 0, 0, 2 ** 31),
    out: flags.path("out", `runs/classic-tests/${taskName}`),
    adapter: flags.choice("adapter", "auto", adapters),
  };
}
