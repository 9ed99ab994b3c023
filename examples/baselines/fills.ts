/** What fills gaps without learning. */
import { fillMissing } from "seqgrad/data";

/** A column without its gaps (NaN). At the ends the nearest number is taken. */
export type Fill = (column: ArrayLike<number>) => Float64Array;

/** The last known number. */
export const forwardFill: Fill = (column) =>
  Float64Array.from(fillMissing(Float64Array.from(column), { method: "forward", rest: "nearest" }).data);

/** A straight line between the numbers on both sides. */
export const linearFill: Fill = (column) =>
  Float64Array.from(fillMissing(Float64Array.from(column), { method: "linear", rest: "nearest" }).data);

/** The mean absolute error in the places that are asked for, one list for each column. */
export function fillError(
  filled: readonly ArrayLike<number>[],
  truth: readonly ArrayLike<number>[],
  asked: readonly (readonly number[])[],
): number {
  let [sum, count] = [0, 0];
  for (const [column, rows] of asked.entries()) {
    for (const row of rows) sum += Math.abs((filled[column]?.[row] as number) - (truth[column]?.[row] as number));
    count += rows.length;
  }
  return sum / count;
}
