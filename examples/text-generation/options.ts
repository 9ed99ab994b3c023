import { parseArgs } from "node:util";
import { UserError } from "./errors.ts";

export const cells = ["lstm"] as const;
export type Cell = (typeof cells)[number];

const adapters = ["auto", "hardware", "software"] as const;
export type AdapterChoice = (typeof adapters)[number];

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
  steps: 500,
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

const known = [...Object.keys(defaults), "text", "load"];
/** What means something together with --load. */
const withLoad = ["load", "sample", "temperature", "seed", "adapter"];

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): Options {
  const given = readFlags(args);
  if (given === "help") return { command: "help" };
  const load = given.get("load");
  const sampling = {
    sample: integer(given, "sample", load === undefined ? 0 : 1),
    temperature: number(given, "temperature", "a number from 0 on", (value) => value >= 0),
    seed: integer(given, "seed", 0, 2 ** 32 - 1),
    adapter: choice(given, "adapter", adapters),
  };
  if (load !== undefined) {
    for (const name of given.keys()) {
      if (!withLoad.includes(name)) {
        throw new UserError(`--${name} belongs to training and --load only samples; leave out one of them`);
      }
    }
    return { command: "load", load: notEmpty("load", load), ...sampling };
  }
  return {
    command: "train",
    text: given.has("text") ? notEmpty("text", given.get("text")) : null,
    cell: choice(given, "cell", cells),
    hidden: integer(given, "hidden"),
    layers: integer(given, "layers"),
    embed: integer(given, "embed"),
    seqLen: integer(given, "seq-len"),
    batch: integer(given, "batch"),
    steps: integer(given, "steps"),
    lr: number(given, "lr", "a positive number", (value) => value > 0),
    clip: number(given, "clip", "a positive number", (value) => value > 0),
    out: notEmpty("out", given.get("out") ?? defaults.out),
    ...sampling,
  };
}

/** Options by name, as text. parseArgs is used leniently and judged here, for messages that say what to do. */
function readFlags(args: readonly string[]): Map<string, string> | "help" {
  const options = Object.fromEntries(known.map((name) => [name, { type: "string" as const }]));
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...options, help: { type: "boolean", short: "h" } },
    strict: false,
    tokens: true,
  });
  if (tokens.some((token) => token.kind === "option" && token.name === "help")) return "help";
  const given = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === "positional") throw new UserError(`"${token.value}" is not an option; see --help`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!known.includes(name)) throw new UserError(`unknown option ${rawName}; see --help`);
    if (value === undefined) throw new UserError(`${rawName} needs a value; see --help`);
    if (given.has(name)) throw new UserError(`${rawName} is given twice; leave out one of them`);
    given.set(name, value);
  }
  return given;
}

type NumberOption = {
  [K in keyof typeof defaults]: (typeof defaults)[K] extends number ? K : never;
}[keyof typeof defaults];

function integer(
  given: ReadonlyMap<string, string>,
  name: NumberOption,
  least = 1,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const expected =
    most < Number.MAX_SAFE_INTEGER ? `an integer from ${least} to ${most}` : `an integer from ${least} on`;
  const accepts = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return number(given, name, least === 1 ? "a positive integer" : expected, accepts);
}

function number(
  given: ReadonlyMap<string, string>,
  name: NumberOption,
  expected: string,
  accepts: (value: number) => boolean,
): number {
  const text = given.get(name);
  if (text === undefined) return defaults[name];
  const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value) || !accepts(value)) throw new UserError(`--${name}: expected ${expected}, got "${text}"`);
  return value;
}

function choice<T extends string>(
  given: ReadonlyMap<string, string>,
  name: keyof typeof defaults,
  choices: readonly T[],
): T {
  const text = given.get(name) ?? defaults[name];
  const found = choices.find((item) => item === text);
  if (found === undefined)
    throw new UserError(`--${name}: expected ${choices.join(", ").replace(/, (?=[^,]*$)/, " or ")}, got "${text}"`);
  return found;
}

function notEmpty(name: string, text: string | undefined): string {
  if (text === undefined || text === "") throw new UserError(`--${name}: the path is empty; give one or leave it out`);
  return text;
}
