import { checkArgument, checkOptions, fn, type KindsOf, object, oneOf, required } from "../../../options.ts";
import type { EpochEvent, FitCallback, StepEvent } from "../types.ts";

/** Options of logs. */
export interface LogOptions {
  /** What has a line: each step, or each epoch (default). */
  readonly of?: "steps" | "epochs" | undefined;
  /**
   * Called where a resumed run goes on, with the number of lines that were written until it was saved. Steps behind that are done
   * again, so what a run that was broken off wrote of them is to be removed.
   */
  readonly truncate?: ((lines: number) => unknown) | undefined;
}

const logKinds: KindsOf<LogOptions> = { of: oneOf("steps", "epochs"), truncate: fn };

interface Lines<State> {
  readonly name: string;
  /** What it needs to know beside the event, at first. */
  readonly state: State;
  /** The lines of an event, and what is known by then. */
  readonly of: (
    event: StepEvent | EpochEvent,
    state: State,
  ) => { readonly lines: readonly string[]; readonly state: State };
}

function log<State>(
  write: (line: string) => unknown,
  { of = "epochs", truncate }: LogOptions,
  { name, ...lines }: Lines<State>,
): FitCallback {
  let now = { written: 0, state: lines.state };
  const line = async (event: StepEvent | EpochEvent) => {
    const next = lines.of(event, now.state);
    await write(next.lines.map((each) => `${each}\n`).join(""));
    now = { written: now.written + next.lines.length, state: next.state };
  };
  return {
    name,
    ...(of === "steps" ? { step: line } : { epoch: line }),
    start() {
      now = { written: 0, state: lines.state };
    },
    state: () => now as never,
    async restore(saved) {
      now = saved as never;
      await truncate?.(now.written);
    },
  };
}

/** Numbers that JSON does not have are written as strings. */
const plain = (_: string, value: unknown) => {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value instanceof Float64Array ? [...value] : value;
};

/** Writes a line of JSON for each epoch or step: `jsonLog((line) => appendFileSync("log.jsonl", line))`. */
export function jsonLog(write: (line: string) => unknown, options: LogOptions = {}): FitCallback {
  checkArgument("callbacks.jsonLog", "write", write, required(fn));
  checkOptions<LogOptions>("callbacks.jsonLog", options, logKinds);
  return log(write, options, {
    name: "json log",
    state: null,
    of: (event, state) => ({ lines: [JSON.stringify(event, plain)], state }),
  });
}

/** Writes a line of numbers with commas for each epoch or step, after one of their names; metrics that are no numbers are left out. */
export function csvLog(write: (line: string) => unknown, options: LogOptions = {}): FitCallback {
  checkArgument("callbacks.csvLog", "write", write, required(fn));
  checkOptions<LogOptions>("callbacks.csvLog", options, logKinds);
  return log<readonly string[] | null>(write, options, {
    name: "csv log",
    state: null,
    of(event, known) {
      const row = rowOf(event);
      const names = known ?? Object.keys(row).filter((name) => isCell(row[name]));
      const head = names.map((name) => (/[",\n]/.test(name) ? JSON.stringify(name) : name));
      const line = names.map((name) => row[name] ?? "").join(",");
      return { lines: known ? [line] : [head.join(","), line], state: names };
    },
  });
}

const isCell = (value: unknown) => !object.fits(value) && !ArrayBuffer.isView(value) && !Array.isArray(value);

function rowOf(event: StepEvent | EpochEvent): Record<string, unknown> {
  const { metrics = {}, trainingMetrics = {}, ...rest } = event as EpochEvent;
  const training = Object.entries(trainingMetrics).map(([name, value]) => [`training ${name}`, value]);
  return { ...rest, ...Object.fromEntries(training), ...metrics };
}
