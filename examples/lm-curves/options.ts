import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { UserError } from "../shared/errors.ts";
import { Flags } from "../shared/flags.ts";

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

export const files = ["results.json", "curves.svg"] as const;

const defaults = {
  "d-model": 96,
  heads: 4,
  layers: 2,
  "lstm-layers": 1,
  embed: 64,
  "seq-len": 64,
  batch: 16,
  steps: 600,
  sweep: 80,
  "lr-transformer": [1e-3, 2e-3, 4e-3],
  "lr-lstm": [3e-3, 6e-3, 12e-3],
  clip: 1,
  every: 25,
  seed: 0,
  out: "runs/lm-curves",
} as const;

export const help = `Trains a causal Transformer and an LSTM with as many parameters on the characters of a text, on the same batches, each
with the best of its learning rates, and draws both losses. The last tenth of the text is for validation.

  node harness/with-adapter.mjs node harness/ts.mjs examples/lm-curves/main.ts -- [options]

  --text FILE           UTF-8 text, such as char-rnn's tinyshakespeare.txt; must be given
  --d-model N           width of the Transformer (default: ${defaults["d-model"]})
  --heads N             heads of its attention (default: ${defaults.heads})
  --layers N            its layers (default: ${defaults.layers})
  --lstm-layers N       layers of the LSTM, whose size follows from the Transformer's (default: ${defaults["lstm-layers"]})
  --embed N             width of the LSTM's embedding (default: ${defaults.embed})
  --seq-len N           characters per sequence; both see no farther back (default: ${defaults["seq-len"]})
  --batch N             sequences per step (default: ${defaults.batch})
  --steps N             training steps (default: ${defaults.steps})
  --lr-transformer LIST highest learning rates to choose from (default: ${defaults["lr-transformer"].join(",")})
  --lr-lstm LIST        likewise (default: ${defaults["lr-lstm"].join(",")})
  --sweep N             steps with each rate before the choice (default: ${defaults.sweep}); one rate needs no choice
  --clip X              the gradient's greatest norm (default: ${defaults.clip})
  --every N             steps from one point of the curves to the next (default: ${defaults.every})
  --seed N              of weights and batches (default: ${defaults.seed})
  --out DIR             folder for ${files.join(" and ")} (default: ${defaults.out})
  --adapter KIND        ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version             the version of seqgrad
  --help                this page

Ctrl-C ends the training in progress and draws what there is.
`;

type IntegerOption = {
  [K in keyof typeof defaults]: (typeof defaults)[K] extends number ? K : never;
}[keyof typeof defaults];

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): CurveOptions {
  const flags = Flags.read(args, ["text", ...Object.keys(defaults), "adapter"]);
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
