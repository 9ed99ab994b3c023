import { DataError, ShapeError } from "../../errors.ts";
import type { Kind } from "../../options.ts";
import { dense, isNumeric, type Numbers, type NumericArray, numbersKind, type Shaped, shaped } from "../arrays.ts";

/** A series, [time], or a table, [rows, columns]: numbers, or rows of them. */
export type Table = NumericArray | readonly Numbers[];

/** Numbers in float64, with the shape of what they were made from. */
export type Float64Table = Shaped<Float64Array<ArrayBuffer>>;

/** A copy of a table. */
export interface Columns {
  readonly data: Float64Array<ArrayBuffer>;
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
}

export const tableKind: Kind = { ...numbersKind, required: true };
/** One time for each row: dates, milliseconds, or text that `Date` reads. */
export const timesKind: Kind = {
  expected: "an array of dates, milliseconds or ISO texts",
  fits: (value) => Array.isArray(value) || isNumeric(value),
};

/** Reads a table of one or two axes (`most` axes), the last of them columns; a series is one column. */
export function readTable(where: string, given: unknown, most = 2): Columns {
  const { data, shape } = dense(`${where}: table`, given);
  if (shape.length > most) {
    throw new ShapeError(`${where}: table has shape [${shape.join(", ")}], expected [time] or [rows, columns]`);
  }
  const columns = shape.length > 1 ? (shape.at(-1) as number) : 1;
  if (data.length === 0) throw new DataError(`${where}: table has no numbers, expected at least one row`);
  const copy = Float64Array.from(data as Iterable<number | bigint>, Number);
  return { data: copy, shape, rows: copy.length / columns, columns };
}

/** The table with other rows. */
export const withRows = (data: Float64Array<ArrayBuffer>, { shape }: Columns, rows: number): Float64Table =>
  shaped(data, [rows, ...shape.slice(1)]);

/** The numbers of a column. */
export function columnOf({ data, rows, columns }: Columns, column: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => data[row * columns + column] as number);
}

/** `row 3, column 1`; the column is left out for a series. */
export const placeOf = ({ columns, shape }: Columns, index: number): string =>
  shape.length > 1 ? `row ${Math.floor(index / columns)}, column ${index % columns}` : `row ${index}`;

/** Throws DataError for infinities, with their place. */
export function requireFinite(where: string, table: Columns): void {
  const at = table.data.findIndex((value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY);
  if (at < 0) return;
  throw new DataError(
    `${where}: ${placeOf(table, at)} is ${table.data[at]}, expected finite numbers (NaN where one is missing); mend it before`,
  );
}

/** Times as they come: dates, milliseconds since 1970, ISO texts. What a table has no text for, null, is refused with its row. */
export type Times = ArrayLike<number | string | Date | null>;

/** Milliseconds of each time. Throws DataError for what is no time, with its row. */
export function readTimes(where: string, times: Times, rows?: number): Float64Array {
  if (rows !== undefined && times.length !== rows) {
    throw new DataError(`${where}: times has ${times.length} entries, expected ${rows}, one for each row`);
  }
  return Float64Array.from({ length: times.length }, (_, row) => {
    const time = times[row];
    const read =
      time instanceof Date
        ? time.getTime()
        : typeof time === "string"
          ? parseIso(time)
          : typeof time === "number"
            ? time
            : Number.NaN;
    if (!Number.isFinite(read)) {
      throw new DataError(
        `${where}: times: row ${row} is ${shown(time)}, expected a date, milliseconds or an ISO text, as 2024-02-29 or 2024-02-29T12:00:00Z`,
      );
    }
    return read;
  });
}

const ISO = /^(\d{4})-(\d\d)(?:-(\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?)?$/;

/**
 * NaN for all else: what `Date` makes of it depends on the machine's zone and language. Text without a time zone counts as UTC,
 * and there is no 30th of February.
 */
function parseIso(text: string): number {
  const [found, year, month, day = "01", clock = "00:00", zone = "Z"] = ISO.exec(text.trim()) ?? [];
  if (!found || Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()) return Number.NaN;
  return Date.parse(`${year}-${month}-${day}T${clock}${zone.replace(/^(...)(\d)/, "$1:$2")}`);
}

const shown = (time: unknown): string =>
  time instanceof Date
    ? "an invalid date"
    : typeof time === "string"
      ? JSON.stringify(time.slice(0, 60))
      : time === null
        ? "missing (null)"
        : String(typeof time === "number" ? time : typeof time);

/** The number below which a share of `sorted` lies, between neighbours in proportion (NumPy's "linear"). */
export function quantile(sorted: ArrayLike<number>, at: number): number {
  const place = at * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (place - below);
}

export const median = (sorted: ArrayLike<number>): number => quantile(sorted, 0.5);

/** Known numbers of a column, ascending. */
export const knownSorted = (values: Float64Array): Float64Array =>
  values.filter((value) => !Number.isNaN(value)).sort();

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Of the population (divided by the count). */
export function deviationOf(values: ArrayLike<number>, mean = meanOf(values)): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] as number) - mean) ** 2;
  return Math.sqrt(squares / values.length);
}
