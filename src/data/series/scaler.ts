import { ArgumentError, DataError, ShapeError } from "../../errors.ts";
import { checkArgument, checkOptions, countOrZero, finite, type Kind, listOf, oneOf, required } from "../../options.ts";
import { numbersKind, shaped } from "../arrays.ts";
import {
  columnOf,
  deviationOf,
  type Float64Table,
  knownSorted,
  meanOf,
  quantile,
  readTable,
  requireFinite,
  type Table,
} from "./table.ts";

/** How a scaler scales a feature. */
export type ScalerKind = "standard" | "min-max" | "robust";

/** Options of a scaler. */
export interface ScalerOptions {
  /**
   * "standard": mean 0 and standard deviation 1 (of the population); "min-max": the least and the greatest number become the
   * ends of `range`; "robust": median 0, and 1 between the two `quantiles`. Default "standard".
   */
  readonly kind?: ScalerKind | undefined;
  /** Of "min-max". Default [0, 1]. */
  readonly range?: readonly [low: number, high: number] | undefined;
  /** Of "robust". Default [0.25, 0.75]. */
  readonly quantiles?: readonly [low: number, high: number] | undefined;
}

/** What `Scaler.toJSON` gives. */
export interface ScalerJson {
  /** What the data is of. */
  readonly type: "scaler";
  /** What is taken off each column. */
  readonly center: readonly number[];
  /** What each column is divided by then. */
  readonly scale: readonly number[];
}

const pair = (within: (low: number, high: number) => boolean, expected: string): Kind => ({
  expected,
  fits: (value) =>
    Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && within(value[0], value[1]),
});

const kinds = {
  kind: oneOf("standard", "min-max", "robust"),
  range: pair((low, high) => low < high, "two ascending numbers"),
  quantiles: pair((low, high) => 0 <= low && low < high && high <= 1, "two ascending numbers from 0 to 1"),
};

/**
 * Scales each column: (x − center) / scale, and back. `Scaler.fit` takes both from the training part alone, so that nothing
 * of the test leaks into it. Missing numbers (NaN) are left out of the fit and stay NaN.
 */
export class Scaler {
  /** One for each column. */
  readonly center: readonly number[];
  /** What each column is divided by, after `center` is taken off; one number for each, never 0. */
  readonly scale: readonly number[];

  private constructor(center: readonly number[], scale: readonly number[]) {
    this.center = center;
    this.scale = scale;
  }

  /**
   * A scaler that knows the columns of a table.
   * @param table [time], or [rows, …, columns]: the training part
   * Throws DataError for infinities and for a column without a number. The scale of a column that never changes is 1.
   */
  static fit(table: Table, options: ScalerOptions = {}): Scaler {
    checkArgument("Scaler.fit", "table", table, required(numbersKind));
    checkOptions("Scaler.fit", options, kinds);
    const { kind = "standard", range, quantiles } = options;
    if (range && kind !== "min-max")
      throw new ArgumentError(`Scaler.fit: range of a ${kind} scaler, expected none; it is an option of "min-max"`);
    if (quantiles && kind !== "robust")
      throw new ArgumentError(`Scaler.fit: quantiles of a ${kind} scaler, expected none; it is an option of "robust"`);
    const columns = readTable("Scaler.fit", table, 8);
    requireFinite("Scaler.fit", columns);
    const [center, scale]: [number[], number[]] = [[], []];
    for (let column = 0; column < columns.columns; column++) {
      const known = knownSorted(columnOf(columns, column));
      if (known.length === 0)
        throw new DataError(`Scaler.fit: column ${column} has no known number, expected some; leave it out`);
      const [from, width] = fitted(known, kind, range ?? [0, 1], quantiles ?? [0.25, 0.75]);
      center.push(from);
      scale.push(width);
    }
    return new Scaler(center, scale);
  }

  /** Reads what `toJSON` gave. */
  static fromJSON(json: unknown): Scaler {
    const { type, center, scale } = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
    const numbers = listOf(finite, "numbers");
    if (type !== "scaler" || !numbers.fits(center) || !numbers.fits(scale)) {
      throw new DataError(
        'Scaler.fromJSON: not a saved scaler, expected { "type": "scaler", "center": [0, …], "scale": [1, …] }',
      );
    }
    const [centers, scales] = [center as number[], scale as number[]];
    if (centers.length !== scales.length || centers.length === 0 || scales.includes(0)) {
      throw new DataError("Scaler.fromJSON: not a saved scaler, expected as many centers as scales, none of them 0");
    }
    return new Scaler([...centers], [...scales]);
  }

  /** Scales a table of the same columns. Gives it in float64. */
  transform(table: Table): Float64Table {
    return this.#apply("Scaler.transform", table, undefined, (x, center, scale) => (x - center) / scale);
  }

  /** The reverse of `transform`. `columns` are those that the table has, where it has not all: of a forecast, its target. */
  inverse(table: Table, options: { readonly columns?: readonly number[] | undefined } = {}): Float64Table {
    checkOptions("Scaler.inverse", options, { columns: listOf(countOrZero, "places of columns") });
    return this.#apply("Scaler.inverse", table, options.columns, (x, center, scale) => x * scale + center);
  }

  /** Plain data, which `Scaler.fromJSON` takes. */
  toJSON(): ScalerJson {
    return { type: "scaler", center: this.center, scale: this.scale };
  }

  #apply(
    where: string,
    table: Table,
    places: readonly number[] = [...this.center.keys()],
    scaled: (x: number, center: number, scale: number) => number,
  ): Float64Table {
    checkArgument(where, "table", table, required(numbersKind));
    const { data, shape, columns } = readTable(where, table, 8);
    const wrong = places.find((place) => place >= this.center.length);
    if (wrong !== undefined) {
      throw new DataError(
        `${where}: columns has ${wrong}, expected 0 to ${this.center.length - 1}, the columns that were fitted`,
      );
    }
    if (columns !== places.length) {
      const remedy = where.endsWith("inverse") ? "; pass columns, which say which of them these are" : "";
      throw new ShapeError(`${where}: table has ${columns} columns, expected ${places.length}${remedy}`);
    }
    for (let i = 0; i < data.length; i++) {
      const place = places[i % columns] as number;
      data[i] = scaled(data[i] as number, this.center[place] as number, this.scale[place] as number);
    }
    return shaped(data, shape);
  }
}

function fitted(
  known: Float64Array,
  kind: ScalerKind,
  range: readonly [number, number],
  quantiles: readonly [number, number],
): [center: number, scale: number] {
  const [least, greatest] = [known[0] as number, known.at(-1) as number];
  if (kind === "min-max") {
    const scale = (greatest - least || 1) / (range[1] - range[0]);
    return [least - range[0] * scale, scale];
  }
  if (kind === "robust")
    return [quantile(known, 0.5), quantile(known, quantiles[1]) - quantile(known, quantiles[0]) || 1];
  // rounding may leave a deviation where there is none
  const mean = least === greatest ? least : meanOf(known);
  return [mean, least === greatest ? 1 : deviationOf(known, mean)];
}
