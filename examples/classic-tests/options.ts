import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { type Cell, cells } from "../shared/cells.ts";
import { UserError } from "../shared/errors.ts";
import { Flags } from "../shared/flags.ts";
import { tasks } from "./tasks/index.ts";
import { type TaskName, taskNames } from "./tasks/task.ts";

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

const usual = ["lstm", "gru", "rnn"] as const;
const known = "task cells length symbols hidden batch steps lr clip curriculum test every seed out adapter".split(" ");

const taskLines = taskNames
  .map((name) => {
    const { about, defaults } = tasks[name];
    const { length, hidden, batch, steps } = defaults;
    return `  ${name.padEnd(8)}${about}\n          (length ${length}, hidden ${hidden}, batch ${batch}, ${steps} steps)\n`;
  })
  .join("");

export const help = `Trains recurrent cells on the classic tests of memory and says which of them learn.

  node harness/with-adapter.mjs node harness/ts.mjs examples/classic-tests/main.ts -- [options]

Tasks and what is taken where nothing is given
${taskLines}
Options
  --task TASK       ${taskNames.join(", ")} (default: ${taskNames[0]})
  --cells LIST      of ${cells.join(", ")} (default: ${usual.join(",")})
  --length N        how long the task's sequences are
  --symbols N       symbols to copy (default: 10)
  --hidden N        units of the recurrent layer
  --batch N         sequences per training step
  --steps N         training steps at most; a run ends when the task is learned
  --lr LIST         highest learning rates, tried in turn until the task is learned (default: ${tasks.adding.defaults.lr.join(",")})
  --clip X          the gradient's greatest norm (default: 1)
  --curriculum K    on: copy and parity begin with shorter sequences; off: not (default: on)
  --test N          sequences of the evaluation set, never trained on (default: 256)
  --every N         training steps between evaluations (default: 50)
  --seed N          of the weights and of the training sequences (default: 0)
  --out DIR         folder for results.json and curves.svg (default: runs/classic-tests/TASK)
  --adapter KIND    ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version         the version of seqgrad
  --help            this page
`;

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): ClassicOptions {
  const flags = Flags.read(args, known);
  const taskName = flags.choice("task", "adding", taskNames);
  if (flags.has("symbols") && taskName !== "copy") {
    throw new UserError(`--symbols belongs to --task copy, not to ${taskName}; leave it out`);
  }
  const { defaults } = tasks[taskName];
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
