import { DataError } from "../../errors.ts";
import { checkArgument, listNames, nearestName, required, show, text } from "../../options.ts";
import { shaped } from "../arrays.ts";
import type { Float64Table } from "../series/table.ts";

/** How the cells of a column are read. */
export type ColumnType = "number" | "text";

/** @internal What a table is made of. */
export interface CsvContent {
  readonly where: string;
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  readonly missing: ReadonlySet<string>;
  readonly decimal: "." | ",";
  readonly types: Readonly<Record<string, ColumnType>>;
}

/** What a field says where it is a number: digits, a sign, a point, an exponent, or an infinity. */
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|Infinity|inf)$/;

/** What `readCsv` read: columns by name, rows as they come. */
export class CsvTable {
  /** Names of columns, in order. */
  readonly names: readonly string[];
  /** To each column its type. */
  readonly types: Readonly<Record<string, ColumnType>>;
  /** Rows, without the header. */
  readonly rows: number;
  /** How many fields are missing, by column. */
  readonly missing: Readonly<Record<string, number>>;
  readonly #content: CsvContent;
  readonly #numbers = new Map<string, Float64Array<ArrayBuffer>>();

  /** @internal */
  constructor(content: CsvContent) {
    this.#content = content;
    this.names = content.names;
    this.rows = content.rows.length;
    this.types = Object.fromEntries(content.names.map((name, at) => [name, this.#typeOf(name, at)]));
    this.missing = Object.fromEntries(
      content.names.map((name, at) => [name, content.rows.filter((row) => this.#isMissing(row[at] as string)).length]),
    );
  }

  /**
   * `[rows, columns]`: the numbers of these columns, of all that are numbers where none is named. A missing field is NaN.
   * Throws DataError for a column that there is not, and for a field that is no number, with its line.
   */
  numbers(...names: readonly string[]): Float64Table {
    const wanted = names.length > 0 ? names : this.names.filter((name) => this.types[name] === "number");
    const columns = wanted.map((name) => {
      const at = this.#place("numbers", name);
      return this.#numbers.get(name) ?? this.#read(name, at);
    });
    const data = new Float64Array(this.rows * columns.length);
    for (const [at, column] of columns.entries()) {
      for (let row = 0; row < this.rows; row++) data[row * columns.length + at] = column[row] as number;
    }
    return shaped(data, [this.rows, columns.length]);
  }

  /** `[rows]`: the numbers of one column. */
  column(name: string): Float64Table {
    const at = this.#place("column", name);
    return shaped(Float64Array.from(this.#numbers.get(name) ?? this.#read(name, at)), [this.rows]);
  }

  /** The fields of a column as they stand there; null where one is missing. */
  text(name: string): (string | null)[] {
    const at = this.#place("text", name);
    return this.#content.rows.map((row) => (this.#isMissing(row[at] as string) ? null : (row[at] as string)));
  }

  #place(method: string, name: string): number {
    const { where } = this.#content;
    checkArgument(`${where}: ${method}`, "name", name, required(text));
    const at = this.names.indexOf(name);
    if (at >= 0) return at;
    const nearest = nearestName(name, this.names);
    throw new DataError(
      `${where}: ${method}: there is no column ${show(name)}, expected one of ${listNames(this.names)}${nearest ? `; is it ${nearest}?` : ""}`,
    );
  }

  #isMissing(field: string): boolean {
    return this.#content.missing.has(field.trim());
  }

  /** A column is of numbers where each known field is one, and there is one. */
  #typeOf(name: string, at: number): ColumnType {
    const { types, rows } = this.#content;
    if (Object.hasOwn(types, name)) {
      if (types[name] === "number") this.#read(name, at);
      return types[name] as ColumnType;
    }
    const known = rows.filter((row) => !this.#isMissing(row[at] as string));
    return known.length > 0 && known.every((row) => !Number.isNaN(this.#numberOf(row[at] as string)))
      ? "number"
      : "text";
  }

  #numberOf(field: string): number {
    const { decimal } = this.#content;
    const trimmed = field.trim();
    const written = decimal === "," ? trimmed.replaceAll(".", "x").replace(",", ".") : trimmed;
    return NUMBER.test(written) ? Number(written.replace(/inf$/, "Infinity")) : Number.NaN;
  }

  #read(name: string, at: number): Float64Array<ArrayBuffer> {
    const { where, rows, lines, decimal } = this.#content;
    const numbers = Float64Array.from(rows, (row, i) => {
      const field = row[at] as string;
      if (this.#isMissing(field)) return Number.NaN;
      const number = this.#numberOf(field);
      if (!Number.isNaN(number)) return number;
      throw new DataError(
        `${where}: line ${lines[i]}, column ${name}: ${show(field)}, expected a number with ${decimal === "." ? "a decimal point" : "a decimal comma"} or a marker of what is missing; mend the file, or pass missing or decimal`,
      );
    });
    this.#numbers.set(name, numbers);
    return numbers;
  }
}
