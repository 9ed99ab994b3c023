import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { UserError } from "../shared/errors.ts";
import { Flags } from "../shared/flags.ts";
import { type ModelForm, models, positions } from "./model.ts";

interface SamplingOptions {
  /** Characters to generate. */
  readonly sample: number;
  /** 0 takes the likeliest character each time; 1 draws from the model's own distribution. */
  readonly temperature: number;
  /** Only so many of the likeliest characters; absent: all. */
  readonly topK?: number;
  /** Only the likeliest characters whose probabilities add up to this. */
  readonly topP: number;
  readonly seed: number;
  readonly adapter: AdapterChoice;
}

export type TrainOptions = TrainingOptions & ModelForm;

interface TrainingOptions extends SamplingOptions {
  readonly command: "train";
  /** The file to learn from; null: the stories of corpus.ts. */
  readonly text: string | null;
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
  model: "lstm",
  embed: 32,
  heads: 4,
  positions: "rope",
  "seq-len": 64,
  steps: 750,
  clip: 1,
  seed: 0,
  sample: 500,
  temperature: 0.5,
  "top-p": 1,
  out: "runs/text-generation",
  adapter: "auto",
} as const;

/** What suits one kind of model and not the other: both then take about as long. */
const defaultsOf = {
  recurrent: { hidden: 128, layers: 1, batch: 16, lr: 1e-2 },
  transformer: { hidden: 64, layers: 2, batch: 8, lr: 8e-3 },
} as const;

const both = (name: keyof (typeof defaultsOf)["recurrent"]): string =>
  `default: ${defaultsOf.recurrent[name]}; transformer: ${defaultsOf.transformer[name]}`;

export const help = `Trains a character language model on the GPU and lets it write.

  npm start -- [options]                                   trains on a text, then samples
  npm start -- --load ${defaults.out} --sample 500    samples from a model trained before

What to learn
  --text FILE       UTF-8 text to learn from (default: stories made from a small grammar)
The model
  --model MODEL     ${models.join(", ")} (default: ${defaults.model}); --cell is the same
  --hidden N        units per layer, or a transformer's width (${both("hidden")})
  --layers N        layers (${both("layers")})
  --embed N         numbers that stand for a character in a recurrent model (default: ${defaults.embed})
  --heads N         attention heads of a transformer; they divide --hidden (default: ${defaults.heads})
  --positions KIND  how a transformer knows places: ${positions.join(", ")} (default: ${defaults.positions})
Training
  --seq-len N       characters per sequence, through which gradients flow (default: ${defaults["seq-len"]});
                    a transformer sees no more than these at once
  --batch N         sequences per step (${both("batch")})
  --steps N         training steps (default: ${defaults.steps})
  --lr X            highest learning rate; warms up, then falls as a cosine (${both("lr")})
  --clip X          the gradient's greatest norm (default: ${defaults.clip})
  --seed N          of the initial weights and of the sample (default: ${defaults.seed})
  --out DIR         folder for the results (default: ${defaults.out})
Sampling
  --sample N        characters to generate (default: ${defaults.sample})
  --temperature X   0: always the likeliest character; 1: as the model sees it (default: ${defaults.temperature})
  --top-k N         draw among the N likeliest characters only (default: all)
  --top-p X         draw among the likeliest that make up X of the probability (default: ${defaults["top-p"]}, all)
  --load DIR        sample from the model in this folder, without training
The machine
  --adapter KIND    ${adapters.join(", ")} (default: ${defaults.adapter}, a GPU where there is one)
  --help            this page

Results: log.jsonl (a line per step), loss.svg, sample.txt, model.safetensors (PyTorch's names and layout).
Ctrl-C ends training after the step in flight; what was learned is kept, sampled and saved, and the exit code is 0.
A second Ctrl-C (or one before the first step) stops at once with exit code 130. Other failures: exit code 1.
`;

const known = [...Object.keys(defaults), ...Object.keys(defaultsOf.recurrent), "cell", "top-k", "text", "load"];
/** What means something together with --load. */
const withLoad = ["load", "sample", "temperature", "top-k", "top-p", "seed", "adapter"];

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): Options {
  const flags = Flags.read(args, known);
  if (flags === "help") return { command: "help" };
  const isLoad = flags.has("load");
  const sampling = {
    sample: flags.integer("sample", defaults.sample, isLoad ? 1 : 0),
    temperature: flags.number("temperature", defaults.temperature, "a number from 0 on", (value) => value >= 0),
    ...(flags.has("top-k") ? { topK: flags.integer("top-k", 1) } : {}),
    topP: flags.number("top-p", defaults["top-p"], "a number above 0, at most 1", (value) => value > 0 && value <= 1),
    seed: flags.integer("seed", defaults.seed, 0, 2 ** 32 - 1),
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
  const form = readForm(flags);
  const own = defaultsOf[form.model === "transformer" ? "transformer" : "recurrent"];
  return {
    command: "train",
    text: flags.has("text") ? flags.path("text", "") : null,
    ...form,
    seqLen: flags.integer("seq-len", defaults["seq-len"]),
    batch: flags.integer("batch", own.batch),
    steps: flags.integer("steps", defaults.steps),
    lr: flags.number("lr", own.lr, "a positive number", (value) => value > 0),
    clip: flags.number("clip", defaults.clip, "a positive number", (value) => value > 0),
    out: flags.path("out", defaults.out),
    ...sampling,
  };
}

function readForm(flags: Flags): ModelForm {
  // --cell is an older name of --model
  const name = flags.has("cell") ? "cell" : "model";
  if (flags.has("cell") && flags.has("model")) throw new UserError("--cell is --model; leave out one of them");
  const model = flags.choice(name, defaults.model, models);
  const foreign = (model === "transformer" ? ["embed"] : ["heads", "positions"]).find((option) => flags.has(option));
  if (foreign !== undefined) {
    const kind = foreign === "embed" ? "recurrent models" : "--model transformer";
    throw new UserError(`--${foreign} belongs to ${kind}, not to ${model}; leave it out`);
  }
  const own = defaultsOf[model === "transformer" ? "transformer" : "recurrent"];
  const size = { layers: flags.integer("layers", own.layers), hidden: flags.integer("hidden", own.hidden) };
  if (model !== "transformer") return { model, ...size, embed: flags.integer("embed", defaults.embed) };
  const heads = flags.integer("heads", defaults.heads);
  const places = flags.choice("positions", defaults.positions, positions);
  // rotation is by pairs
  const unit = places === "rope" ? 2 * heads : heads;
  if (size.hidden % unit !== 0) {
    throw new UserError(
      `--hidden: ${heads} heads${places === "rope" ? " with --positions rope" : ""} need a multiple of ${unit}, got ${size.hidden}; change --hidden or --heads`,
    );
  }
  return { model, ...size, heads, positions: places };
}
