import { type AdapterChoice, adapters } from "../shared/adapters.ts";
import { readFlags } from "../shared/command-line.ts";
import { UserError } from "../shared/errors.ts";
import type { Flags } from "../shared/flags.ts";
import { models, positions } from "../shared/names.mjs";
import { defaults, defaultsOf } from "./help.mjs";
import { begunOptions } from "./log.ts";
import type { ModelForm } from "./model.ts";

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
  /** The file to be tested on; null: the last tenth of the text. */
  readonly test: string | null;
  readonly seqLen: number;
  readonly batch: number;
  readonly steps: number;
  /** Passes over the text in place of a number of steps; null: `steps` says how many. */
  readonly epochs: number | null;
  /** Steps over which the learning rate falls: those that the run was begun with. */
  readonly scheduleSteps: number;
  /** Steps from one checkpoint to the next. */
  readonly saveEvery: number;
  /** Whether the run in `out` goes on. */
  readonly resume: boolean;
  /** The highest learning rate of the run. */
  readonly lr: number;
  readonly clip: number;
  readonly out: string;
  /** What the command line said, and of a run that goes on, what it was begun with. */
  readonly given: Readonly<Record<string, string>>;
}

export interface LoadOptions extends SamplingOptions {
  readonly command: "load";
  /** The output folder of an earlier run. */
  readonly load: string;
  /** A text to be tested on; null: none. */
  readonly test: string | null;
}

export type Options = TrainOptions | LoadOptions;

const known = [
  ...Object.keys(defaults),
  ...Object.keys(defaultsOf.recurrent),
  "cell",
  "top-k",
  "text",
  "data",
  "test",
  "epochs",
  "load",
  "resume",
];
/** What means something together with --resume: all else is as the run was begun. */
const withResume = [
  "resume",
  "steps",
  "save-every",
  "text",
  "data",
  "test",
  "sample",
  "temperature",
  "top-k",
  "top-p",
  "adapter",
];
/** What means something together with --load. */
const withLoad = ["load", "test", "sample", "temperature", "top-k", "top-p", "seed", "adapter"];

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): Options {
  const flags = readFlags(args, known);
  if (flags.has("resume")) return readResume(flags);
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
    const other = flags.names().find((name) => !withLoad.includes(name));
    if (other !== undefined) {
      throw new UserError(`--${other} belongs to training and --load only samples; leave out one of them`);
    }
    return { command: "load", load: flags.path("load", ""), test: pathOf(flags, "test"), ...sampling };
  }
  const form = readForm(flags);
  const own = defaultsOf[form.model === "transformer" ? "transformer" : "recurrent"];
  if (flags.has("steps") && flags.has("epochs"))
    throw new UserError("--epochs takes the place of --steps; leave out one of them");
  const steps = flags.integer("steps", defaults.steps);
  return {
    command: "train",
    text: readTextOption(flags),
    test: pathOf(flags, "test"),
    ...form,
    seqLen: flags.integer("seq-len", defaults["seq-len"]),
    batch: flags.integer("batch", own.batch),
    steps,
    epochs: flags.has("epochs") ? flags.integer("epochs", 1) : null,
    scheduleSteps: steps,
    saveEvery: flags.integer("save-every", defaults["save-every"]),
    resume: false,
    lr: flags.number("lr", own.lr, "a positive number", (value) => value > 0),
    clip: flags.number("clip", defaults.clip, "a positive number", (value) => value > 0),
    out: flags.path("out", defaults.out),
    given: withoutText(flags.given()),
    ...sampling,
  };
}

/** The options that the run was begun with, save for those that are given. */
function readResume(flags: Flags): TrainOptions {
  const other = flags.names().find((name) => !withResume.includes(name));
  if (other !== undefined) {
    throw new UserError(`--${other} is as it was when the run was begun, and --resume goes on with it; leave it out`);
  }
  const out = flags.path("resume", "");
  const begun = begunOptions(out);
  const argumentsOf = (options: ReadonlyMap<string, string>) =>
    [...options].map(([name, value]) => `--${name}=${value}`);
  const own = new Map(
    known.flatMap((name) => {
      const value = begun[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
      return value === undefined || value === null || name === "resume" ? [] : [[name, String(value)] as const];
    }),
  ).set("out", out);
  const given = flags.names().flatMap((name) => (name === "resume" ? [] : [[name, flags.path(name, "")] as const]));
  const { steps: scheduleSteps } = parseOptions(argumentsOf(own)) as TrainOptions;
  const options = parseOptions(argumentsOf(new Map([...own, ...given]))) as TrainOptions;
  return { ...options, scheduleSteps, resume: true };
}

/** As other examples call it. */
function withoutText({ text, ...rest }: Readonly<Record<string, string>>): Record<string, string> {
  return text === undefined ? rest : { ...rest, data: text };
}

const pathOf = (flags: Flags, name: string) => (flags.has(name) ? flags.path(name, "") : null);

function readTextOption(flags: Flags): string | null {
  // --data is what other examples call it
  if (flags.has("text") && flags.has("data")) throw new UserError("--data is --text; leave out one of them");
  return pathOf(flags, flags.has("data") ? "data" : "text");
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
