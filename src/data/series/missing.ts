import { ArgumentError, DataError, ShapeError } from "../../errors.ts";
import { checkArgument, checkOptions, finite, flag, listOf, oneOf } from "../../options.ts";
import { shaped } from "../arrays.ts";
import {
  type Columns,
  columnOf,
  type Float64Table,
  meanOf,
  placeOf,
  readTable,
  readTimes,
  type Table,
  type Times,
  tableKind,
  timesKind,
} from "./table.ts";

/** How missing numbers are filled. */
export type FillMethod = "zero" | "mean" | "forward" | "backward" | "linear";

/** Options of filling missing numbers. */
export interface FillOptions {
  /**
   * "zero"; "mean" of the column; "forward", the last known number; "backward", the next one; "linear", between both in
   * proportion (to `times`, where there are any). Default "linear".
   */
  readonly method?: FillMethod | undefined;
  /** What stands for "mean", one for each column: those of the training part. Default: those of the table. */
  readonly means?: readonly number[] | undefined;
  /** When each row was, for "linear". Default: rows are equally far apart. */
  readonly times?: Times | undefined;
  /**
   * What becomes of numbers that the method cannot fill, at the ends or in a column without any: "error", "keep" (NaN),
   * "zero", "mean", or "nearest", the known number that is nearest. Default "error".
   */
  readonly rest?: "error" | "keep" | "zero" | "mean" | "nearest" | undefined;
  /** Appends to each row a channel for each column: 1 where the number was known, 0 where it was missing. Default false. */
  readonly maskChannels?: boolean | undefined;
}

/** A table without gaps, and what was done to it. */
export interface Filled {
  /** As the table; [rows, 2 · columns] with `maskChannels`. */
  readonly data: Float64Table;
  /** As the table: 1 where a number was known, 0 where it was missing. */
  readonly mask: Float64Table;
  /** Of known numbers, one for each column; NaN where there is none. */
  readonly means: readonly number[];
  /** Numbers that were missing, and those that still are, by column. */
  readonly missing: readonly number[];
  /** Numbers that are still missing, by column. */
  readonly left: readonly number[];
}

/**
 * Fills what is missing (NaN) in a series, [time], or a table, [rows, columns], column by column. To let the net predict it
 * instead, make the mask an input and take `select(known, x, prediction)` in a `scan`, and the mask as the loss's `weights`:
 * the NaN reach neither loss nor gradients.
 */
export function fillMissing(table: Table, options: FillOptions = {}): Filled {
  checkArgument("fillMissing", "table", table, tableKind);
  checkOptions("fillMissing", options, {
    method: oneOf("zero", "mean", "forward", "backward", "linear"),
    means: listOf(finite, "finite numbers"),
    times: timesKind,
    rest: oneOf("error", "keep", "zero", "mean", "nearest"),
    maskChannels: flag,
  });
  const { method = "linear", means: given, rest = "error", maskChannels = false } = options;
  const read = readTable("fillMissing", table);
  const { data, shape, rows, columns } = read;
  if (given && given.length !== columns) {
    throw new ShapeError(`fillMissing: means has ${given.length} numbers, expected ${columns}, one for each column`);
  }
  if (options.times && method !== "linear")
    throw new ArgumentError(`fillMissing: times with method ${method}, expected "linear"`);
  const times = options.times
    ? readTimes("fillMissing", options.times, rows)
    : Float64Array.from({ length: rows }, (_, i) => i);
  requireAscending(times);
  const mask = data.map((value) => (Number.isNaN(value) ? 0 : 1));
  const means: number[] = [];
  const [missing, left]: [number[], number[]] = [[], []];
  for (let column = 0; column < columns; column++) {
    const values = columnOf(read, column);
    const known = values.filter((value) => !Number.isNaN(value));
    // NaN where none is known
    const mean = meanOf(known);
    means.push(mean);
    missing.push(rows - known.length);
    const filling = given?.[column] ?? mean;
    const filled = fillColumn(values, method, filling, times);
    const finished = rest === "keep" || rest === "error" ? filled : fillColumn(filled, rest, filling, times);
    left.push(finished.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0));
    for (let row = 0; row < rows; row++) data[row * columns + column] = finished[row] as number;
  }
  const still = data.findIndex((value) => Number.isNaN(value));
  if (still >= 0 && rest !== "keep") throw unfilled(read, still, method, rest);
  const filled = shaped(data, shape);
  const known = shaped(mask, shape);
  return { data: maskChannels ? withChannels(read, mask) : filled, mask: known, means, missing, left };
}

function unfilled(read: Columns, at: number, method: string, rest: string): DataError {
  return new DataError(
    `fillMissing: ${placeOf(read, at)} is still missing, expected that ${method}${rest === "error" ? "" : ` or ${rest}`} fills it; pass rest ("keep", "zero", "mean", "nearest"), or leave the column out`,
  );
}

function requireAscending(times: Float64Array): void {
  const at = times.findIndex((time, row) => row > 0 && time <= (times[row - 1] as number));
  if (at < 0) return;
  throw new DataError(
    `fillMissing: times: row ${at} is not later than row ${at - 1}, expected ascending times; sort rows, or see dropDuplicates`,
  );
}

function fillColumn(
  values: Float64Array,
  method: FillMethod | "nearest",
  mean: number,
  times: Float64Array,
): Float64Array {
  const before = lastKnown(values, 1);
  const after = lastKnown(values, -1);
  return values.map((value, row) => {
    if (!Number.isNaN(value)) return value;
    const [low, high] = [before[row] as number, after[row] as number];
    const [from, to] = [values[low] ?? Number.NaN, values[high] ?? Number.NaN];
    const [start, end, now] = [times[low] as number, times[high] as number, times[row] as number];
    switch (method) {
      case "zero":
        return 0;
      case "mean":
        return mean;
      case "forward":
        return from;
      case "backward":
        return to;
      case "nearest":
        // where there is no next one the comparison is one with NaN
        return low < 0 || end - now < now - start ? to : from;
      default:
        return from + ((to - from) * (now - start)) / (end - start);
    }
  });
}

/** To each row the last one before it, or the next behind it, whose number is known; −1 where there is none. */
function lastKnown(values: Float64Array, step: 1 | -1): Int32Array {
  const places = new Int32Array(values.length);
  let last = -1;
  for (let i = 0; i < values.length; i++) {
    const row = step === 1 ? i : values.length - 1 - i;
    if (!Number.isNaN(values[row])) last = row;
    places[row] = last;
  }
  return places;
}

function withChannels({ data, rows, columns }: Columns, mask: Float64Array): Float64Table {
  const joined = new Float64Array(2 * data.length);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * columns, (row + 1) * columns];
    joined.set(data.subarray(start, end), 2 * start);
    joined.set(mask.subarray(start, end), 2 * start + columns);
  }
  return shaped(joined, [rows, 2 * columns]);
}
