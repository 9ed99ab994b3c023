import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { readFlags } from "../shared/command-line.ts";
import { attentions, cells } from "./help.mjs";

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

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): DateOptions {
  const flags = readFlags(args, known);
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
