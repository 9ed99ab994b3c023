import { DataError } from "../../errors.ts";
import { checkArgument, checkOptions, count, countOrZero, listOf, oneOf, required } from "../../options.ts";
import { requireSize, type Shaped, shaped } from "../arrays.ts";
import { type Columns, placeOf, readTable, type Table, tableKind } from "./table.ts";

/** Options of windows over a series. */
export interface WindowOptions {
  /** Steps that a window looks back on. */
  readonly window: number;
  /** Steps to foretell. Default 1. */
  readonly horizon?: number | undefined;
  /** Steps between a window's end and what it foretells. Default 0. */
  readonly gap?: number | undefined;
  /** Steps from one window's start to the next one's. Default 1. */
  readonly stride?: number | undefined;
  /** Columns that windows see. Default: all. */
  readonly inputs?: readonly number[] | undefined;
  /** Columns to foretell. Default: all. */
  readonly outputs?: readonly number[] | undefined;
  /** What becomes of windows in which a number is missing: "error", "skip" leaves them out, "keep" gives NaN. Default "error". */
  readonly missing?: "error" | "skip" | "keep" | undefined;
}

/** Windows of a series and what follows them. */
export interface Windows {
  /** [windows, window, inputs] */
  readonly x: Shaped<Float32Array<ArrayBuffer>>;
  /** [windows, horizon, outputs] */
  readonly y: Shaped<Float32Array<ArrayBuffer>>;
  /** `[windows]`: the row at which each window starts. */
  readonly starts: Int32Array<ArrayBuffer>;
}

const places = listOf(countOrZero, "places of columns");

/**
 * Cuts a series, [time] or [time, columns], into windows of `window` steps and the `horizon` steps that follow. Split a
 * series first and cut the parts then, so that no window reaches over. Throws DataError for a series that is too short, a
 * column that there is not, and a missing number.
 */
export function windows(table: Table, options: WindowOptions): Windows {
  checkArgument("windows", "table", table, tableKind);
  checkOptions("windows", options, {
    window: required(count),
    horizon: count,
    gap: countOrZero,
    stride: count,
    inputs: places,
    outputs: places,
    missing: oneOf("error", "skip", "keep"),
  });
  const { window, horizon = 1, gap = 0, stride = 1, missing = "error" } = options;
  const read = readTable("windows", table);
  const inputs = columnsOf("inputs", options.inputs, read);
  const outputs = columnsOf("outputs", options.outputs, read);
  const length = window + gap + horizon;
  if (read.rows < length) {
    throw new DataError(
      `windows: the series has ${read.rows} steps, expected at least window + gap + horizon = ${window} + ${gap} + ${horizon} = ${length}; take shorter windows or a longer series`,
    );
  }
  const all = Array.from({ length: Math.floor((read.rows - length) / stride) + 1 }, (_, i) => i * stride);
  const follows = window + gap;
  const starts = all.filter((start) => {
    const at = missing === "keep" ? -1 : firstMissing(read, start, window, inputs);
    const lost = at >= 0 || missing === "keep" ? at : firstMissing(read, start + follows, horizon, outputs);
    if (lost < 0) return true;
    if (missing === "skip") return false;
    throw new DataError(
      `windows: ${placeOf(read, lost)} is missing, expected a number; fill it (fillMissing), or pass missing: "skip" or "keep"`,
    );
  });
  if (starts.length === 0)
    throw new DataError("windows: a number is missing in every window, expected one without; fill gaps (fillMissing)");
  return {
    x: cut(read, starts, 0, window, inputs),
    y: cut(read, starts, follows, horizon, outputs),
    starts: Int32Array.from(starts),
  };
}

function columnsOf(name: string, given: readonly number[] | undefined, { columns }: Columns): readonly number[] {
  if (!given) return Array.from({ length: columns }, (_, column) => column);
  const wrong = given.find((column) => column >= columns);
  if (given.length === 0 || wrong !== undefined) {
    throw new DataError(
      `windows: ${name} has ${wrong ?? "no column"}, expected 0 to ${columns - 1}, the columns of the series`,
    );
  }
  return given;
}

/** The place of the first number that is missing in a stretch of rows; −1 if none is. */
function firstMissing({ data, columns }: Columns, start: number, steps: number, wanted: readonly number[]): number {
  for (let row = start; row < start + steps; row++) {
    for (const column of wanted) if (Number.isNaN(data[row * columns + column])) return row * columns + column;
  }
  return -1;
}

function cut(
  { data, columns }: Columns,
  starts: readonly number[],
  offset: number,
  steps: number,
  wanted: readonly number[],
): Shaped<Float32Array<ArrayBuffer>> {
  const shape = [starts.length, steps, wanted.length];
  const windows = new Float32Array(requireSize("windows", shape));
  let at = 0;
  for (const start of starts) {
    for (let row = start + offset; row < start + offset + steps; row++) {
      for (const column of wanted) windows[at++] = data[row * columns + column] as number;
    }
  }
  return shaped(windows, shape);
}
