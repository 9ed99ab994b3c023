import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { type Cell, cells } from "../shared/cells.ts";
import { UserError } from "../shared/errors.ts";
import { Flags } from "../shared/flags.ts";

interface SamplingOptions {
  /** Characters to generate. */
  readonly sample: number;
  /** 0 takes the likeliest character each time; 1 draws from the model's own distribution. */
  readonly temperature: number;
  readonly seed: number;
  readonly adapter: AdapterChoice;
}

export interface TrainOptions extends SamplingOptions {
  readonly command: "train";
  /** The file to learn from; null: the stories of corpus.ts. */
  readonly text: string | null;
  readonly cell: Cell;
  readonly hidden: number;
  readonly layers: number;
  readonly embed: number;
  readonly seqLen: number;
  readonly batch: number;
  readonly steps: number;
  /** The highest learning rate of the run. */
  readonly lr: number;
  readonly clip: number;
  readonly out: string;
}

export interface LoadOptions extends SamplingOptions {
  readonly command: "load";
  /** The output folder of an earlier run. */
  readonly load: string;
}

export type Options = TrainOptions | LoadOptions | { readonly command: "help" };

const defaults = {
  cell: "lstm",
  hidden: 128,
  layers: 1,
  embed: 32,
  "seq-len": 64,
  batch: 16,
  steps: 750,
  lr: 1e-2,
  clip: 1,
  seed: 0,
  sample: 500,
  temperature: 0.5,
  out: "runs/text-generation",
  adapter: "auto",
} as const;

export const help = `Trains a character language model on the GPU and lets it write.

  npm start -- [options]                                   trains on a text, then samples
  npm start -- --load ${defaults.out} --sample 500    samples from a model trained before

What to learn
  --text FILE       UTF-8 text to learn from (default: stories made from a small grammar)
The model
  --cell CELL       ${cells.join(", ")} (default: ${defaults.cell})
  --hidden N        units per layer (default: ${defaults.hidden})
  --layers N        recurrent layers (default: ${defaults.layers})
  --embed N         numbers that stand for a character (default: ${defaults.embed})
Training
  --seq-len N       characters per sequence, through which gradients flow (default: ${defaults["seq-len"]})
  --batch N         sequences per step (default: ${defaults.batch})
  --steps N         training steps (default: ${defaults.steps})
  --lr X            highest learning rate; it warms up, then falls along a cosine (default: ${defaults.lr})
  --clip X          the gradient's greatest norm (default: ${defaults.clip})
  --seed N          of the initial weights and of the sample (default: ${defaults.seed})
  --out DIR         folder for the results (default: ${defaults.out})
Sampling
  --sample N        characters to generate (default: ${defaults.sample})
  --temperature X   0: always the likeliest character; 1: as the model sees it (default: ${defaults.temperature})
  --load DIR        sample from the model in this folder, without training
The machine
  --adapter KIND    ${adapters.join(", ")} (default: ${defaults.adapter}, a GPU where there is one)
  --help            this page

Results: log.jsonl (a line per step), loss.svg, sample.txt, model.safetensors (PyTorch's names and layout).
Ctrl-C ends training after the step in flight; what was learned is kept, sampled and saved, and the exit code is 0.
A second Ctrl-C (or one before the first step) stops at once with exit code 130. Other failures: exit code 1.
`;

type IntegerOption = "hidden" | "layers" | "embed" | "seq-len" | "batch" | "steps" | "seed" | "sample";

const known = [...Object.keys(defaults), "text", "load"];
/** What means something together with --load. */
const withLoad = ["load", "sample", "temperature", "seed", "adapter"];

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): Options {
  const flags = Flags.read(args, known);
  if (flags === "help") return { command: "help" };
  const isLoad = flags.has("load");
  const integer = (name: IntegerOption, least?: number, most?: number) =>
    flags.integer(name, defaults[name], least, most);
  const sampling = {
    sample: integer("sample", isLoad ? 1 : 0),
    temperature: flags.number("temperature", defaults.temperature, "a number from 0 on", (value) => value >= 0),
    seed: integer("seed", 0, 2 ** 32 - 1),
    adapter: flags.choice("adapter", defaults.adapter, adapters),
  };
  if (isLoad) {
    for (const name of flags.names()) {
      if (!withLoad.includes(name)) {
        throw new UserError(`--${name} belongs to training and --load only samples; leave out one of them`);
      }
    }
    return { command: "load", load: flags.path("load", ""), ...sampling };
  }
  return {
    command: "train",
    text: flags.has("text") ? flags.path("text", "") : null,
    cell: flags.choice("cell", defaults.cell, cells),
    hidden: integer("hidden"),
    layers: integer("layers"),
    embed: integer("embed"),
    seqLen: integer("seq-len"),
    batch: integer("batch"),
    steps: integer("steps"),
    lr: flags.number("lr", defaults.lr, "a positive number", (value) => value > 0),
    clip: flags.number("clip", defaults.clip, "a positive number", (value) => value > 0),
    out: flags.path("out", defaults.out),
    ...sampling,
  };
}
