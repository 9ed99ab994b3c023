import { checkArgument, checkOptions, fn, object, oneOf, required } from "../../../options.ts";
import type { EpochEvent, FitCallback, StepEvent } from "../types.ts";

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
