/** What `fit` can do on the way. */
import { ArgumentError } from "../../errors.ts";
import { loadStateDict } from "../../nn/module.ts";
import type { StateDict } from "../../nn/state-dict.ts";
import {
  checkArgument,
  checkOptions,
  count,
  countOrZero,
  either,
  flag,
  fn,
  nonNegative,
  object,
  oneOf,
  required,
  text,
} from "../../options.ts";
import { type PlateauOptions, plateau } from "../schedules/plateau.ts";
import type { EpochEvent, FitCallback, FitRun, StepEvent } from "./types.ts";

/** A number of an epoch: the name of a metric of the validation, or a function. */
export type Monitor = string | ((epoch: EpochEvent) => number);

const monitorKind = either(text, fn);

/** By default the validation's loss, or without one that of the steps. */
function measure(where: string, monitor: Monitor | undefined, epoch: EpochEvent): number {
  if (typeof monitor === "function") return monitor(epoch);
  const value = monitor === undefined ? (epoch.validationLoss ?? epoch.loss) : epoch.metrics[monitor];
  if (typeof value === "number") return value;
  throw new ArgumentError(
    `${where}: the metric ${monitor} is no number, expected one of ${Object.keys(epoch.metrics).join(", ") || "the validation's metrics, of which there are none"}, or a function of the epoch`,
  );
}

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** What is to get better; the validation's loss, or without validation that of the steps. */
  readonly monitor?: Monitor;
  /** Whether a better measure is a smaller one (`"min"`, default) or a larger one. */
  readonly mode?: "min" | "max";
  /** Epochs without a better measure that are borne; 0. */
  readonly patience?: number;
  /** A measure is better where it is so by more than this; 0. */
  readonly minDelta?: number;
  /** Whether the model ends with the weights of its best epoch; true. */
  readonly restoreBest?: boolean;
}

/** Ends the run when a measure no longer gets better, and restores the best weights, also where the run ends otherwise. */
export function earlyStopping(options: EarlyStoppingOptions = {}): FitCallback {
  const where = "callbacks.earlyStopping";
  checkOptions<EarlyStoppingOptions>(where, options, {
    ...{ monitor: monitorKind, mode: oneOf("min", "max"), patience: countOrZero, minDelta: nonNegative },
    restoreBest: flag,
  });
  const { monitor, mode = "min", patience = 0, minDelta = 0, restoreBest = true } = options;
  const sign = mode === "min" ? 1 : -1;
  let [best, waited] = [Number.POSITIVE_INFINITY, 0];
  let weights: StateDict | undefined;
  return {
    start() {
      [best, waited, weights] = [Number.POSITIVE_INFINITY, 0, undefined];
    },
    async epoch(event, run) {
      const now = sign * measure(where, monitor, event);
      if (now < best - minDelta) {
        [best, waited] = [now, 0];
        if (restoreBest) weights = await run.trainer.stateDict();
      } else if (++waited > patience) run.stop(`early stopping: no better for ${waited} epochs`);
    },
    end({ trainer }) {
      if (weights) loadStateDict(trainer.device, trainer.model, weights);
    },
  };
}

/** Options of `reduceOnPlateau`. */
export interface ReduceOptions extends PlateauOptions {
  /** What is to get better; the validation's loss, or without validation that of the steps. */
  readonly monitor?: Monitor;
}

/** Multiplies the trainer's rate by `factor` where a measure no longer gets better; as `schedules.plateau`. */
export function reduceOnPlateau(given: ReduceOptions = {}): FitCallback {
  checkArgument("callbacks.reduceOnPlateau", "options", given, object);
  const { monitor, ...options } = given;
  checkArgument("callbacks.reduceOnPlateau", "monitor", monitor, monitorKind);
  plateau(1, options);
  let schedule: ReturnType<typeof plateau> | undefined;
  return {
    start({ trainer }) {
      schedule = plateau(trainer.learningRate, options);
    },
    epoch(event, { trainer }) {
      if (schedule?.report(measure("callbacks.reduceOnPlateau", monitor, event))) trainer.learningRate = schedule(0);
    },
  };
}

/** Calls a function each `steps` steps, with no step in flight: to sample from the model, say, or to save a checkpoint. */
export function everySteps(steps: number, call: (event: StepEvent, run: FitRun) => void | Promise<void>): FitCallback {
  checkArgument("callbacks.everySteps", "steps", steps, required(count));
  checkArgument("callbacks.everySteps", "call", call, required(fn));
  return { every: steps, pause: call };
}

/** Calls a function that saves after each epoch: `checkpoint(({ trainer }) => trainer.save(store))`. */
export function checkpoint(save: (run: FitRun, event: EpochEvent) => void | Promise<void>): FitCallback {
  checkArgument("callbacks.checkpoint", "save", save, required(fn));
  return { epoch: (event, run) => save(run, event) };
}

/** Options of logs. */
export interface LogOptions {
  /** What has a line: each step, or each epoch (default). */
  readonly of?: "steps" | "epochs" | undefined;
}

function log(
  where: string,
  write: (line: string) => unknown,
  { of = "epochs" }: LogOptions,
  lineOf: (event: StepEvent | EpochEvent) => string,
): FitCallback {
  checkArgument(where, "write", write, required(fn));
  const line = async (event: StepEvent | EpochEvent) => void (await write(`${lineOf(event)}\n`));
  return of === "steps" ? { step: line } : { epoch: line };
}

/** Numbers that JSON does not have are written as strings. */
const plain = (_: string, value: unknown) => {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value instanceof Float64Array ? [...value] : value;
};

/** Writes a line of JSON for each epoch or step: `jsonLog((line) => appendFileSync("log.jsonl", line))`. */
export function jsonLog(write: (line: string) => unknown, options: LogOptions = {}): FitCallback {
  checkOptions<LogOptions>("callbacks.jsonLog", options, { of: oneOf("steps", "epochs") });
  return log("callbacks.jsonLog", write, options, (event) => JSON.stringify(event, plain));
}

/** Writes a line of numbers with commas for each epoch or step, after one of their names; metrics that are no numbers are left out. */
export function csvLog(write: (line: string) => unknown, options: LogOptions = {}): FitCallback {
  checkOptions<LogOptions>("callbacks.csvLog", options, { of: oneOf("steps", "epochs") });
  let names: readonly string[] | undefined;
  return log("callbacks.csvLog", write, options, (event) => {
    const { metrics = {}, ...rest } = event as EpochEvent;
    const row: Record<string, unknown> = { ...rest, ...metrics };
    const head = names === undefined;
    names ??= Object.keys(row).filter(
      (name) => !object.fits(row[name]) && !ArrayBuffer.isView(row[name]) && !Array.isArray(row[name]),
    );
    const line = names.map((name) => row[name] ?? "").join(",");
    return head
      ? `${names.map((name) => (/[",\n]/.test(name) ? JSON.stringify(name) : name)).join(",")}\n${line}`
      : line;
  });
}

/** Options of `progress`. */
export interface ProgressOptions {
  /** An element of the page whose text it becomes. */
  readonly element?: { textContent: string | null } | undefined;
  /** Writes to a terminal; standard error where there is one. A line is written over until its epoch is done. */
  readonly write?: ((text: string) => unknown) | undefined;
  /** Milliseconds between two updates at least; 100. */
  readonly interval?: number | undefined;
}

/** Shows how far the run is: in an element of a page, else in the terminal, else one line of the console for each epoch. */
export function progress(options: ProgressOptions = {}): FitCallback {
  checkOptions<ProgressOptions>("callbacks.progress", options, { element: object, write: fn, interval: nonNegative });
  const { element, interval = 100 } = options;
  const host = globalThis as { process?: { stderr?: { write?(text: string): unknown; isTTY?: boolean } } };
  const stderr = host.process?.stderr;
  const write = options.write ?? (stderr?.write && ((line: string) => stderr.write?.(line)));
  const over = options.write !== undefined || stderr?.isTTY === true;
  let [shown, steps, perEpoch, longest] = [Number.NEGATIVE_INFINITY, 0, 0, 0];
  const show = (line: string, isDone: boolean) => {
    if (element) element.textContent = line;
    else if (write && over) {
      write(`\r${line.padEnd(longest)}${isDone ? "\n" : ""}`);
      longest = isDone ? 0 : Math.max(longest, line.length);
    } else if (isDone) write ? write(`${line}\n`) : console.log(line);
  };
  const number = (value: number) => value.toPrecision(4);
  return {
    step({ epoch, loss }, run) {
      steps++;
      const now = performance.now();
      if (now - shown < interval) return;
      shown = now;
      const done = perEpoch > 0 ? Math.min(1, steps / perEpoch) : 0;
      const bar = perEpoch > 0 ? ` [${"=".repeat(Math.round(20 * done)).padEnd(20)}]` : "";
      show(`epoch ${epoch}/${run.epochs}${bar} step ${steps}, loss ${number(loss)}`, false);
    },
    epoch({ epoch, loss, validationLoss, metrics, seconds }, run) {
      [perEpoch, steps] = [steps, 0];
      const measured = Object.entries(metrics).flatMap(([name, value]) =>
        typeof value === "number" ? [`${name} ${number(value)}`] : [],
      );
      const parts = [
        `loss ${number(loss)}`,
        ...(validationLoss === undefined ? [] : [`validation ${number(validationLoss)}`]),
        ...measured,
      ];
      show(`epoch ${epoch}/${run.epochs}: ${parts.join(", ")} (${seconds.toFixed(1)} s)`, true);
    },
  };
}
