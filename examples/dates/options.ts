import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { Flags } from "../shared/flags.ts";

export const cells = ["lstm", "gru", "rnn"] as const;
export const attentions = ["general", "dot", "concat", "bahdanau"] as const;

export interface DateOptions {
  readonly cell: (typeof cells)[number];
  readonly attention: (typeof attentions)[number];
  readonly hidden: number;
  readonly embed: number;
  readonly batch: number;
  readonly steps: number;
  readonly lr: number;
  /** Probability at the last step of feeding the target's character, falling from 1. */
  readonly forcing: number;
  /** Share of exact answers at which training ends before its last step. */
  readonly until: number;
  readonly test: number;
  readonly every: number;
  readonly seed: number;
  readonly out: string;
  readonly adapter: AdapterChoice;
}

const known = "cell attention hidden embed batch steps lr forcing until test every seed out adapter".split(" ");

export const help = `Trains an encoder and a decoder with attention to turn dates as people write them
("Sat, 3rd of Oct 2015", "11/23/07") into ISO 8601 ("2015-10-03", "2007-11-23").

  node harness/with-adapter.mjs node harness/ts.mjs examples/dates/main.ts -- [options]

Options
  --cell CELL       ${cells.join(", ")} (default: ${cells[0]})
  --attention KIND  ${attentions.join(", ")} (default: ${attentions[0]})
  --hidden N        units of the decoder; the encoder has half of them each way (default: 64)
  --embed N         size of a character's vector (default: 16)
  --batch N         dates per training step (default: 128)
  --steps N         training steps at most (default: 300)
  --lr X            highest learning rate (default: 0.01)
  --forcing P       probability at the last step of feeding the target's character rather
                    than the model's own, falling from 1 (default: 1, always the target's)
  --until P         share of exact answers at which training ends (default: 0.999)
  --test N          held-out dates to be tried (default: 1024)
  --every N         training steps between trials (default: 50)
  --seed N          of the weights and of the training dates (default: 0)
  --out DIR         folder for dates.json and dates-attention.svg (default: runs/dates)
  --adapter KIND    ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version         the version of seqgrad
  --help            this page

Ctrl-C ends the training after the step in flight; what was learned is tried and drawn.
`;

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): DateOptions {
  const flags = Flags.read(args, known);
  const share = (value: number) => value >= 0 && value <= 1;
  return {
    cell: flags.choice("cell", cells[0], cells),
    attention: flags.choice("attention", attentions[0], attentions),
    hidden: flags.integer("hidden", 64, 2),
    embed: flags.integer("embed", 16),
    batch: flags.integer("batch", 128),
    steps: flags.integer("steps", 300),
    lr: flags.number("lr", 0.01, "a positive number", (value) => value > 0),
    forcing: flags.number("forcing", 1, "a probability from 0 to 1", share),
    until: flags.number("until", 0.999, "a share from 0 to 1", share),
    test: flags.integer("test", 1024),
    every: flags.integer("every", 50),
    seed: flags.integer("seed", 0, 0, 2 ** 31),
    out: flags.path("out", "runs/dates"),
    adapter: flags.choice("adapter", "auto", adapters),
  };
}
