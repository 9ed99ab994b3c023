import { DataError, ShapeError } from "../../errors.ts";
import { checkArgument, checkOptions, listOf, oneOf, positive } from "../../options.ts";
import { shaped } from "../arrays.ts";
import {
  columnOf,
  deviationOf,
  type Float64Table,
  knownSorted,
  meanOf,
  median,
  quantile,
  readTable,
  requireFinite,
  type Table,
  tableKind,
  withRows,
} from "./table.ts";

/** What a column's numbers lie between. */
export type Bounds = readonly [low: number, high: number];

/** Options of finding outliers. */
export interface OutlierOptions {
  /**
   * "z": mean ± threshold · standard deviation (of the population); "iqr": threshold · interquartile range beyond the
   * quartiles (Tukey 1977); "mad": median ± threshold · median absolute deviation / 0.6745 (Iglewicz and Hoaglin 1993).
   * Default "iqr".
   */
  readonly method?: "z" | "iqr" | "mad" | undefined;
  /** Default 3 of "z", 1.5 of "iqr", 3.5 of "mad". */
  readonly threshold?: number | undefined;
  /**
   * What becomes of outliers: "report" leaves them, "clip" takes the nearer bound, "missing" makes them NaN (see
   * `fillMissing`), "drop" leaves out their rows. Default "report".
   */
  readonly action?: "report" | "clip" | "missing" | "drop" | undefined;
  /** Bounds of each column, as another call found them (on the training part). Default: those of the table. */
  readonly bounds?: readonly Bounds[] | undefined;
}

/** A table after its outliers were handled, and where they were. */
export interface Outliers {
  /** As the table; with `action: "drop"` without the rows that go. */
  readonly data: Float64Table;
  /** Places of the rows that stay. */
  readonly kept: Int32Array<ArrayBuffer>;
  /** What counts as an outlier: below or above, one pair for each column. Give them to the call for other parts. */
  readonly bounds: readonly Bounds[];
  /** By column the rows whose number is out of bounds. */
  readonly rows: readonly (readonly number[])[];
}

const THRESHOLDS = { z: 3, iqr: 1.5, mad: 3.5 };
const NORMAL_MAD = 0.6745;

const isBounds = (each: unknown): boolean => {
  if (!Array.isArray(each) || each.length !== 2) return false;
  const [low, high]: unknown[] = each;
  return typeof low === "number" && typeof high === "number" && low <= high;
};

const boundsKind = listOf({ expected: "", fits: isBounds }, "two ascending numbers, for each column");

/**
 * Finds numbers out of bounds in a series, [time], or a table, [rows, columns], column by column. Missing numbers (NaN) count
 * as none. Throws DataError for infinities and for a column without a number.
 */
export function findOutliers(table: Table, options: OutlierOptions = {}): Outliers {
  checkArgument("findOutliers", "table", table, tableKind);
  checkOptions("findOutliers", options, {
    method: oneOf("z", "iqr", "mad"),
    threshold: positive,
    action: oneOf("report", "clip", "missing", "drop"),
    bounds: boundsKind,
  });
  const { method = "iqr", action = "report" } = options;
  const threshold = options.threshold ?? THRESHOLDS[method];
  const read = readTable("findOutliers", table);
  const { data, shape, columns } = read;
  if (!options.bounds) requireFinite("findOutliers", read);
  else if (options.bounds.length !== columns) {
    throw new ShapeError(
      `findOutliers: bounds has ${options.bounds.length} entries, expected ${columns}, one for each column`,
    );
  }
  const bounds: Bounds[] = [];
  const rows: number[][] = [];
  for (let column = 0; column < columns; column++) {
    const values = columnOf(read, column);
    const own = options.bounds?.[column] ?? boundsOf(values, method, threshold, column);
    bounds.push(own);
    rows.push([...values.keys()].filter((row) => (values[row] as number) < own[0] || (values[row] as number) > own[1]));
  }
  const dropped = new Set(action === "drop" ? rows.flat() : []);
  const kept = Int32Array.from([...new Array(read.rows).keys()].filter((row) => !dropped.has(row)));
  for (const [column, places] of rows.entries()) {
    const [low, high] = bounds[column] as Bounds;
    for (const row of action === "clip" || action === "missing" ? places : []) {
      const at = row * columns + column;
      data[at] = action === "missing" ? Number.NaN : Math.min(high, Math.max(low, data[at] as number));
    }
  }
  if (action !== "drop") return { data: shaped(data, shape), kept, bounds, rows };
  const left = new Float64Array(kept.length * columns);
  for (const [at, row] of kept.entries()) left.set(data.subarray(row * columns, (row + 1) * columns), at * columns);
  return { data: withRows(left, read, kept.length), kept, bounds, rows };
}

function boundsOf(values: Float64Array, method: "z" | "iqr" | "mad", threshold: number, column: number): Bounds {
  const known = knownSorted(values);
  if (known.length === 0)
    throw new DataError(`findOutliers: column ${column} has no known number, expected some; leave it out`);
  if (method === "iqr") {
    const [low, high] = [quantile(known, 0.25), quantile(known, 0.75)];
    return [low - threshold * (high - low), high + threshold * (high - low)];
  }
  const center = method === "z" ? meanOf(known) : median(known);
  const spread =
    method === "z"
      ? deviationOf(known, center)
      : median(known.map((value) => Math.abs(value - center)).sort()) / NORMAL_MAD;
  return [center - threshold * spread, center + threshold * spread];
}
