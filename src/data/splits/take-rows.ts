import { DataError } from "../../errors.ts";
import { checkArgument, integer, listOf, object, required } from "../../options.ts";
import { emptyLike, isNumeric, type NumericArray, shaped, shapeOf, sizeOf } from "../arrays.ts";
import type { Arrays } from "../batches/fields.ts";

const places = required({
  expected: "an array of places of rows",
  fits: (value) => value instanceof Int32Array || listOf(integer, "integers").fits(value),
});

/** The rows at these places of each array, in their order. Throws DataError for a place where there is no row. */
export function takeRows<A extends Arrays>(arrays: A, rows: ArrayLike<number>): A {
  checkArgument("takeRows", "arrays", arrays, required(object));
  checkArgument("takeRows", "rows", rows, places);
  const taken = Object.entries(arrays).map(([name, array]) => {
    checkArgument(
      "takeRows",
      name,
      array,
      required({ expected: "an array of rows", fits: (each) => Array.isArray(each) || isNumeric(each) }),
    );
    const count = Array.isArray(array) ? array.length : (shapeOf(array as NumericArray)[0] as number);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      if (row < 0 || row >= count) {
        throw new DataError(`takeRows: place ${i} is row ${row}, expected 0 to ${count - 1}, the rows of ${name}`);
      }
    }
    return [
      name,
      Array.isArray(array) ? Array.from(rows, (row) => array[row]) : takeTyped(array as NumericArray, rows),
    ];
  });
  return Object.fromEntries(taken);
}

function takeTyped(array: NumericArray, rows: ArrayLike<number>): NumericArray {
  const [, ...rest] = shapeOf(array);
  const size = sizeOf(rest);
  const taken = emptyLike(array, rows.length * size);
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] as number) * size;
    (taken as Float64Array).set((array as Float64Array).subarray(start, start + size), i * size);
  }
  return rest.length > 0 ? shaped(taken, [rows.length, ...rest]) : taken;
}

/** Rows that each of these arrays has. */
export function countRows(where: string, arrays: Arrays): number {
  const counts = Object.entries(arrays).map(([name, array]): [string, number] => {
    if (!Array.isArray(array) && !isNumeric(array)) throw new DataError(`${where}: ${name} is no array of rows`);
    return [name, isNumeric(array) ? (shapeOf(array)[0] as number) : array.length];
  });
  const [first] = counts;
  if (!first || first[1] === 0) throw new DataError(`${where}: data has no rows, expected some, as { x: rows }`);
  for (const [name, count] of counts) {
    if (count !== first[1]) {
      throw new DataError(`${where}: ${name} has ${count} rows, expected ${first[1]}, as ${first[0]} has`);
    }
  }
  return first[1];
}
