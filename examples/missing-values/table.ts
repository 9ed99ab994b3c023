/** A table in time with its gaps, and further ones. */
import { readCsv } from "seqgrad/data";
import { linearFill } from "../baselines/fills.ts";
import { UserError } from "../shared/errors.ts";
import { type Random, seededRandom } from "../shared/random.ts";
import { type Files, filesOf, pathOf, readText } from "../shared/task/files.ts";

/** Columns of numbers, NaN where one is missing. */
export type Columns = readonly Float64Array[];

export interface GapTable {
  readonly names: readonly string[];
  readonly columns: Columns;
  readonly rows: number;
}

/** Throws a UserError where there is no such column. */
export async function readTable(files: Files, wanted: readonly string[] | undefined): Promise<GapTable> {
  const [name] = files.names;
  if (name === undefined || files.names.length > 1) {
    throw new UserError(`${files.name}: expected one CSV file, has ${files.names.join(", ")}`);
  }
  const path = pathOf(files, name);
  const table = await readCsv(await readText(files, name), { name: path });
  const numbers = table.names.filter((each) => table.types[each] === "number");
  for (const column of wanted ?? []) {
    if (numbers.includes(column)) continue;
    throw new UserError(`${path}: has no column of numbers "${column}"; it has ${numbers.join(", ") || "none"}`);
  }
  const names = wanted ?? numbers;
  if (names.length === 0) throw new UserError(`${path}: has no column of numbers; give a table with some`);
  const columns = names.map((each) => Float64Array.from(table.column(each)));
  const empty = names.find((_, i) => (columns[i] as Float64Array).every(Number.isNaN));
  if (empty !== undefined) throw new UserError(`${path}: "${empty}" has no number at all; leave it out by --columns`);
  return { names, columns, rows: table.rows };
}

/** The columns with more gaps, of 1 to `longest` rows each, until `share` of the known numbers are hidden in every column. */
export function hide(columns: Columns, share: number, longest: number, random: Random): Columns {
  return columns.map((column) => {
    const hidden = column.slice();
    const known = column.filter((value) => !Number.isNaN(value)).length;
    let left = Math.floor(share * known);
    while (left > 0) {
      const first = Math.floor(random() * column.length);
      const end = Math.min(column.length, first + 1 + Math.floor(random() * longest));
      for (let row = first; row < end && left > 0; row++) {
        if (Number.isNaN(hidden[row])) continue;
        hidden[row] = Number.NaN;
        left--;
      }
    }
    return hidden;
  });
}

/** Of each column the rows from `from` up to `to` that were hidden. */
export const hiddenRows = (truth: Columns, hidden: Columns, from: number, to: number): number[][] =>
  truth.map((column, i) =>
    Array.from(column.keys()).filter(
      (row) => row >= from && row < to && !Number.isNaN(column[row]) && Number.isNaN(hidden[i]?.[row]),
    ),
  );

/** Three columns that follow one another with a daily wave: what one lacks, another tells. */
export function madeUpTable(seed: number): Files {
  const random = seededRandom(seed);
  let level = 0;
  const levels: number[] = [];
  const rows = Array.from({ length: 3000 }, (_, t) => {
    level = 0.97 * level + random() - 0.5;
    levels.push(level);
    const day = Math.sin((2 * Math.PI * t) / 24);
    const noise = () => 0.1 * (random() - 0.5);
    const three = [level + day, day - 0.8 * level, (levels[Math.max(0, t - 6)] as number) + 0.5 * day];
    return `${t},${three.map((value) => (random() < 0.03 ? "" : (10 * (value + noise())).toFixed(2))).join(",")}`;
  });
  return filesOf("a made-up table", { "table.csv": `step,warm,dry,late\n${rows.join("\n")}\n` });
}

export interface WindowArrays {
  /** [windows, window, columns]: scaled, on a straight line where a number is missing. */
  readonly filled: number[][][];
  /** The same form: 1 where it is known. */
  readonly known: number[][][];
  /** What is to be found, 0 where it is not known, and whether it counts. */
  readonly truth: number[][][];
  readonly asked: number[][][];
  /** [windows, window, 2 · seasons] */
  readonly seasons: number[][][];
}

/** Windows that begin at the rows given. What is hidden in `seen` and known in `truth` is asked for. */
export function windowsOf(
  truth: Columns,
  seen: Columns,
  starts: readonly number[],
  window: number,
  seasons: readonly number[],
): WindowArrays {
  const filled = seen.map(linearFill);
  const cut = (of: (row: number, column: number) => number) =>
    starts.map((start) => Array.from({ length: window }, (_, t) => seen.map((_, column) => of(start + t, column))));
  const at = (columns: Columns, column: number, row: number) => (columns[column] as Float64Array)[row] as number;
  const isKnown = (columns: Columns, column: number, row: number) => !Number.isNaN(at(columns, column, row));
  return {
    filled: cut((row, column) => at(filled, column, row)),
    known: cut((row, column) => Number(isKnown(seen, column, row))),
    truth: cut((row, column) => (isKnown(truth, column, row) ? at(truth, column, row) : 0)),
    asked: cut((row, column) => Number(isKnown(truth, column, row) && !isKnown(seen, column, row))),
    seasons: starts.map((start) =>
      Array.from({ length: window }, (_, t) =>
        seasons.flatMap((season) => [Math.sin, Math.cos].map((f) => f((2 * Math.PI * (start + t)) / season))),
      ),
    ),
  };
}
