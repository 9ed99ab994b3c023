import { DataError, ShapeError } from "../../errors.ts";
import { listNames, show } from "../../options.ts";
import {
  copyNumbers,
  type Dense,
  dense,
  emptyLike,
  isNumeric,
  type Numbers,
  type NumericArray,
  requireSize,
  type Shaped,
  shaped,
  sizeOf,
} from "../arrays.ts";

/** What batches are made from: arrays by name, of equally many rows. */
export type Arrays = Readonly<Record<string, NumericArray | readonly Numbers[]>>;

/** One field of all rows: rows of one shape in one array, or a row each where their lengths differ. */
export type Field =
  | { readonly kind: "dense"; readonly data: NumericArray; readonly row: readonly number[]; readonly rows: number }
  | { readonly kind: "ragged"; readonly sequences: readonly Dense[]; readonly rows: number };

/** Fields by name; `ragged` are those whose rows may differ in length. */
export function fieldsOf(where: string, arrays: Arrays, ragged: ReadonlySet<string>): Map<string, Field> {
  const names = Object.keys(arrays);
  if (names.length === 0) throw new DataError(`${where}: there are no arrays, expected at least one, as { x: rows }`);
  const fields = new Map<string, Field>();
  for (const name of names) {
    const field = fieldOf(`${where}: ${name}`, arrays[name], ragged.has(name));
    const [first] = fields;
    if (first && first[1].rows !== field.rows) {
      throw new ShapeError(`${where}: ${name} has ${field.rows} rows, expected ${first[1].rows}, as ${first[0]} has`);
    }
    fields.set(name, field);
  }
  for (const name of ragged) {
    if (!fields.has(name))
      throw new DataError(`${where}: lengths names ${show(name)}, expected one of ${listNames(names)}`);
  }
  return fields;
}

function fieldOf(where: string, given: unknown, ragged: boolean): Field {
  if (ragged && Array.isArray(given)) {
    const sequences = given.map((row, i) => {
      const parsed = dense(`${where}: row ${i}`, row);
      if (parsed.shape.length > 0) return parsed;
      throw new DataError(`${where}: row ${i} is ${show(row)}, expected an array of numbers, one for each step`);
    });
    requireRows(where, sequences.length);
    return { kind: "ragged", sequences, rows: sequences.length };
  }
  if (!Array.isArray(given) && !isNumeric(given)) {
    throw new DataError(`${where} is ${show(given)}, expected an array of rows or a typed array`);
  }
  const { data, shape } = dense(where, given);
  const [rows = 0, ...row] = shape;
  requireRows(where, rows);
  if (!ragged) return { kind: "dense", data, row, rows };
  if (row.length === 0)
    throw new ShapeError(`${where} has shape [${rows}], expected [rows, time, …]; it has no lengths`);
  const size = sizeOf(row);
  const sequences = Array.from({ length: rows }, (_, i) => ({
    data: data.subarray(i * size, (i + 1) * size) as NumericArray,
    shape: row,
  }));
  return { kind: "ragged", sequences, rows };
}

function requireRows(where: string, rows: number): void {
  if (rows === 0) throw new DataError(`${where} has no rows, expected at least one`);
}

/** The rows of a dense field in an order. */
export function gather(where: string, field: Field & { kind: "dense" }, rows: ArrayLike<number>): Shaped {
  const size = sizeOf(field.row);
  const shape = [rows.length, ...field.row];
  const data = emptyLike(field.data, requireSize(where, shape));
  for (let i = 0; i < rows.length; i++) copyNumbers(field.data, (rows[i] as number) * size, size, data, i * size);
  return shaped(data, shape);
}
