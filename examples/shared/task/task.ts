/** What a task is: data in, a trained model with its figures out. A task knows neither files on a disk nor a terminal, so that a page can run it. */
import { type AdapterDescription, type CheckpointStore, type Device, type FitCallback, fit, type nn } from "seqgrad";
import type { Flags } from "../flags.ts";
import type { Files } from "./files.ts";

/** The figures by which a model and its baseline are judged, by the names that `result.json` has them under. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>;

export type FigureName =
  | "accuracy"
  | "lossNats"
  | "meanSquaredError"
  | "bleu"
  | "rouge1"
  | "rouge2"
  | "digitErrorRate"
  | "mae"
  | "windowsFound"
  | "falseAlarms"
  /** Of an answer for one example. */
  | "milliseconds";

/** A model as `--load` finds it: weights, and what else is needed to make it anew and to feed it, as plain data. */
export interface Saved<Settings> {
  readonly settings: Settings;
  readonly weights: nn.LoadedTensors;
}

/** What a task is given. */
export interface Job<Options, Settings> {
  readonly device: Device;
  readonly options: Options;
  /** The user's files, or the usual ones; undefined where the task is to make some up. */
  readonly data: Files | undefined;
  /** To be evaluated on, never trained on. */
  readonly test: Files | undefined;
  /** Undefined: as many as the task holds right. */
  readonly epochs: number | undefined;
  readonly seed: number;
  /** Nothing is trained: this model is evaluated. */
  readonly saved: Saved<Settings> | undefined;
  /** Where training goes on from, for `Trainer.create`; undefined where it begins. */
  readonly resume: CheckpointStore | undefined;
  /** seqgrad's `fit`, with the surroundings' progress, log and checkpoints. Throws `Interrupted` where the user ends it. */
  readonly fit: typeof fit;
  /**
   * A part of work that consists of several trainings. What it gives, plain data, is remembered: a run that is resumed begins with
   * the first part that was not done. Its `fit` tells nothing and saves nothing.
   */
  readonly part: <T>(name: string, work: (quietFit: typeof fit) => Promise<T>) => Promise<T>;
  /** A fact behind its name. */
  readonly say: (name: string, text: string) => void;
}

/** What a task gives. */
export interface Outcome<Settings> {
  readonly metrics: Figures;
  /** Those of the simple method that is to be beaten, on the same data. */
  readonly baseline: Figures;
  readonly parameters: number;
  /** Training steps in all. */
  readonly steps: number;
  /** How many examples (texts, sounds, windows) it was trained on and evaluated on. */
  readonly data: { readonly trained: number; readonly tested: number };
  /** To be saved; undefined where nothing was trained. */
  readonly model: Saved<Settings> | undefined;
  /** Pictures and tables, by their files' names. */
  readonly files: Readonly<Record<string, string>>;
}

/** What a task is given to predict. */
export interface Question<Options, Settings> extends Pick<Job<Options, Settings>, "device" | "options" | "say"> {
  /** The user's files, without labels. */
  readonly data: Files;
  readonly saved: Saved<Settings>;
}

/** What a model says of one text, sound or step: a row of a table. */
export type Prediction = Readonly<Record<string, string | number>>;

/** A task with its own options. */
export interface Task<Options, Settings> {
  readonly name: string;
  /** Names of its own options, beside those that all tasks have. */
  readonly flags: readonly string[];
  /** Throws a UserError. */
  readonly readOptions: (flags: Flags) => Options;
  readonly run: (job: Job<Options, Settings>) => Promise<Outcome<Settings>>;
  /** What a saved model says of data without labels, a row after the other; undefined where a task has no such use. */
  readonly predict?: (question: Question<Options, Settings>) => AsyncIterable<Prediction>;
  /** What is drawn of predictions, by its files' names. */
  readonly pages?: (predictions: readonly Prediction[]) => Readonly<Record<string, string>>;
}

/** What `result.json` holds. `options` are those that were given, as they stand on a command line. */
export function resultOf(
  task: string,
  outcome: Pick<Outcome<never>, "metrics" | "baseline" | "parameters" | "steps" | "data">,
  seconds: number,
  { name, kind }: AdapterDescription,
  options: Readonly<Record<string, string>>,
): object {
  const { metrics, baseline, parameters, steps, data } = outcome;
  const rounded = (figures: Figures) =>
    Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, Number(value.toPrecision(6))]));
  return {
    task,
    options,
    metrics: rounded(metrics),
    baseline: rounded(baseline),
    parameters,
    steps,
    seconds: Math.round(seconds),
    adapter: { name, kind },
    data,
  };
}

/** Training was ended before its time; what was learned is in a checkpoint. */
export class Interrupted extends Error {
  override name = "Interrupted";
}

/** `fit` with callbacks that come before those of the task: what is saved at the end is what was trained last, not what is restored then. */
export function fitWith(callbacks: readonly FitCallback[], signal: AbortSignal): typeof fit {
  return async (trainer, batches, options = {}) => {
    const all = [...callbacks, ...(options.callbacks ?? [])];
    const history = await fit(trainer, batches, { ...options, callbacks: all, signal });
    if (signal.aborted) throw new Interrupted("training was interrupted");
    return history;
  };
}
