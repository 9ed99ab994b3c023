import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { readFlags } from "../shared/command-line.ts";
import { UserError } from "../shared/errors.ts";
import { defaults } from "./help.mjs";

export interface CurveOptions {
  readonly text: string;
  readonly dModel: number;
  readonly heads: number;
  readonly layers: number;
  readonly lstmLayers: number;
  readonly embed: number;
  readonly seqLen: number;
  readonly batch: number;
  readonly steps: number;
  /** Steps of each training of the sweep. */
  readonly sweep: number;
  /** Highest learning rates that the sweep tries. */
  readonly rates: { readonly transformer: readonly number[]; readonly lstm: readonly number[] };
  readonly clip: number;
  readonly every: number;
  readonly seed: number;
  readonly out: string;
  readonly adapter: AdapterChoice;
}

type IntegerOption = {
  [K in keyof typeof defaults]: (typeof defaults)[K] extends number ? K : never;
}[keyof typeof defaults];

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): CurveOptions {
  const flags = readFlags(args, ["text", ...Object.keys(defaults), "adapter"]);
  if (!flags.has("text")) {
    throw new UserError("--text is missing; give a text of a megabyte or so, such as char-rnn's tinyshakespeare.txt");
  }
  const integer = (name: IntegerOption, least?: number, most?: number) =>
    flags.integer(name, defaults[name], least, most);
  const positive = (value: number) => value > 0;
  const rates = (name: "lr-transformer" | "lr-lstm") =>
    flags.numbers(name, defaults[name], "positive numbers with commas between them", positive);
  const [dModel, heads] = [integer("d-model"), integer("heads")];
  if (dModel % heads !== 0) {
    throw new UserError(`--heads: ${heads} does not divide --d-model ${dModel}; give a divisor`);
  }
  return {
    text: flags.path("text", ""),
    dModel,
    heads,
    layers: integer("layers"),
    lstmLayers: integer("lstm-layers"),
    embed: integer("embed"),
    seqLen: integer("seq-len"),
    batch: integer("batch"),
    steps: integer("steps"),
    sweep: integer("sweep"),
    rates: { transformer: rates("lr-transformer"), lstm: rates("lr-lstm") },
    clip: flags.number("clip", defaults.clip, "a positive number", positive),
    every: integer("every"),
    seed: integer("seed", 0, 2 ** 31),
    out: flags.path("out", defaults.out),
    adapter: flags.choice("adapter", "auto", adapters),
  };
}
