import { ArgumentError, DataError, ShapeError } from "../../errors.ts";
import { checkArgument, checkOptions, count, type Kind } from "../../options.ts";
import { isNumeric, shaped } from "../arrays.ts";
import { type Columns, type Float64Table, readTable, type Table, tableKind, withRows } from "./table.ts";

/** Options of differencing. */
export interface DifferenceOptions {
  /** Steps between the rows that are subtracted: 1 for a trend, 12 for months of a year. Default 1. */
  readonly lag?: number | undefined;
  /** How many times. Default 1. */
  readonly order?: number | undefined;
}

/** A series' differences, and what they go on from. */
export interface Differences {
  /** x[t] − x[t − lag]: lag · order rows fewer than the series. */
  readonly data: Float64Table;
  /** For each order the first `lag` rows: `integrate` gives the series from them. */
  readonly start: readonly Float64Table[];
  /** For each order the last `lag` rows: `integrate` lets a forecast go on from them. */
  readonly end: readonly Float64Table[];
}

const MOST_ORDERS = 8;
const order: Kind = {
  expected: `an integer from 1 to ${MOST_ORDERS}`,
  fits: (value) => count.fits(value) && (value as number) <= MOST_ORDERS,
};

/** Differences of a series, [time] or [time, columns]. Throws DataError where it has not more than lag · order rows. */
export function difference(table: Table, options: DifferenceOptions = {}): Differences {
  checkArgument("difference", "table", table, tableKind);
  checkOptions("difference", options, { lag: count, order });
  const { lag = 1, order: orders = 1 } = options;
  let read = readTable("difference", table);
  if (read.rows <= lag * orders) {
    throw new DataError(
      `difference: the series has ${read.rows} rows, expected more than lag · order = ${lag} · ${orders}`,
    );
  }
  const [start, end]: [Float64Table[], Float64Table[]] = [[], []];
  for (let each = 0; each < orders; each++) {
    const { data, columns, rows } = read;
    const step = lag * columns;
    start.push(withRows(data.slice(0, step), read, lag));
    end.push(withRows(data.slice(data.length - step), read, lag));
    const differences = data.slice(step);
    for (let i = 0; i < differences.length; i++) differences[i] = (differences[i] as number) - (data[i] as number);
    read = { data: differences, columns, rows: rows - lag, shape: [rows - lag, ...read.shape.slice(1)] };
  }
  return { data: shaped(read.data, read.shape), start, end };
}

const tables: Kind = {
  expected: "tables, as difference gave them",
  fits: (value) =>
    Array.isArray(value) && value.length > 0 && value.every((each) => Array.isArray(each) || isNumeric(each)),
};

/** What differences go on from: one of the two that `difference` gave. */
export interface IntegrateOptions {
  /** Of all differences: gives the whole series. */
  readonly start?: readonly Table[] | undefined;
  /** Of differences that are foretold: gives the rows that follow the series. */
  readonly end?: readonly Table[] | undefined;
}

/** The reverse of `difference`: the series of which these are the differences. */
export function integrate(table: Table, options: IntegrateOptions = {}): Float64Table {
  checkArgument("integrate", "table", table, tableKind);
  checkOptions("integrate", options, { start: tables, end: tables });
  const { start, end } = options;
  const from = start ?? end;
  if (!from || (start && end)) {
    throw new ArgumentError(
      "integrate: start and end, expected one of them: the start for the whole series, the end for a forecast",
    );
  }
  let read = readTable("integrate", table);
  for (const each of [...from].reverse()) {
    read = summed(read, readTable("integrate: from", each), start !== undefined);
  }
  return shaped(read.data, read.shape);
}

function summed(read: Columns, before: Columns, isWhole: boolean): Columns {
  if (before.columns !== read.columns) {
    throw new ShapeError(
      `integrate: ${isWhole ? "start" : "end"} has ${before.columns} columns, expected ${read.columns}, as the differences have`,
    );
  }
  const sums = new Float64Array(before.data.length + read.data.length);
  sums.set(before.data);
  for (const [i, value] of read.data.entries()) sums[before.data.length + i] = value + (sums[i] as number);
  const data = isWhole ? sums : sums.slice(before.data.length);
  const rows = data.length / read.columns;
  return { ...read, data, rows, shape: [rows, ...read.shape.slice(1)] };
}
