import { ArgumentError, DataError } from "../../errors.ts";
import { checkArgument, checkOptions, oneOf } from "../../options.ts";
import {
  type Columns,
  type Float64Table,
  readTable,
  readTimes,
  type Table,
  type Times,
  tableKind,
  timesKind,
  withRows,
} from "./table.ts";

/** Options of removing duplicate rows. */
export interface DuplicateOptions {
  /** When each row was: rows of one time are duplicates then, whatever they hold. Default: whole rows that are equal are. */
  readonly times?: Times | undefined;
  /** Of duplicates, which stays: the first, the last, their mean (with `times`, over known numbers), or none: an error. Default "first". */
  readonly keep?: "first" | "last" | "mean" | "error" | undefined;
}

/** A table without duplicates, and which there were. */
export interface Deduplicated {
  /** The rows that stay, in their order. */
  readonly data: Float64Table;
  /** Places of the rows that stay, ascending: for whatever else belongs to them. */
  readonly kept: Int32Array<ArrayBuffer>;
  /** Rows that are duplicates of one another, by their places. */
  readonly groups: readonly (readonly number[])[];
  /** Rows that are earlier than the row before them, by their places; none without `times`. */
  readonly outOfOrder: readonly number[];
}

/**
 * Leaves out duplicates of a series, [time], or a table, [rows, columns]; NaN is equal to NaN. A series needs `times`: equal
 * numbers of it are no duplicates. Throws DataError for duplicates where `keep` is "error".
 */
export function dropDuplicates(table: Table, options: DuplicateOptions = {}): Deduplicated {
  checkArgument("dropDuplicates", "table", table, tableKind);
  checkOptions("dropDuplicates", options, { times: timesKind, keep: oneOf("first", "last", "mean", "error") });
  const { keep = "first" } = options;
  const read = readTable("dropDuplicates", table);
  const { rows, shape } = read;
  if (!options.times && (keep === "mean" || shape.length === 1)) {
    throw new ArgumentError(
      `dropDuplicates: ${keep === "mean" ? 'keep is "mean"' : "table is a series"} without times, expected when each row was; pass times`,
    );
  }
  const times = options.times && readTimes("dropDuplicates", options.times, rows);
  const byKey = new Map<number | string, number[]>();
  for (let row = 0; row < rows; row++) {
    const key = times ? (times[row] as number) : keyOf(read, row);
    const same = byKey.get(key);
    if (same) same.push(row);
    else byKey.set(key, [row]);
  }
  const groups = [...byKey.values()].filter((group) => group.length > 1);
  const [first] = groups;
  if (first && keep === "error") {
    throw new DataError(
      `dropDuplicates: rows ${first.slice(0, 2).join(" and ")} ${times ? "are of one time" : "are equal"}, expected none (${groups.length} such groups); pass keep, or mend the data`,
    );
  }
  const kept = Int32Array.from(
    [...byKey.values()].map((group) => (keep === "last" ? group.at(-1) : group[0]) as number),
  ).sort();
  return {
    data: keptRows(read, kept, keep === "mean" ? groups : []),
    kept,
    groups,
    outOfOrder: times
      ? [...times.keys()].filter((row) => row > 0 && (times[row] as number) < (times[row - 1] as number))
      : [],
  };
}

/** −0 is equal to 0. */
const keyOf = ({ data, columns }: Columns, row: number): string =>
  data.subarray(row * columns, (row + 1) * columns).join(",");

function keptRows(read: Columns, kept: Int32Array, averaged: readonly (readonly number[])[]): Float64Table {
  const { data, columns } = read;
  const left = new Float64Array(kept.length * columns);
  const groupOf = new Map(averaged.map((group) => [group[0] as number, group]));
  for (const [at, row] of kept.entries()) {
    const group = groupOf.get(row) ?? [row];
    for (let column = 0; column < columns; column++) {
      const known = group
        .map((each) => data[each * columns + column] as number)
        .filter((value) => !Number.isNaN(value));
      // NaN where none is known
      left[at * columns + column] = known.reduce((sum, value) => sum + value, 0) / known.length;
    }
  }
  return withRows(left, read, kept.length);
}
