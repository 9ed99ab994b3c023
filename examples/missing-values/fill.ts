/** Columns with their gaps filled, window by window, and as a table in CSV. */
import { type Columns, type WindowArrays, windowsOf } from "./table.ts";

/** Every `stride` rows the start of a whole window from row `first` up to row `end`. */
export const startsIn = (first: number, end: number, window: number, stride: number): number[] =>
  Array.from({ length: Math.floor((end - first - window) / stride) + 1 }, (_, i) => first + i * stride);

/** What stands in each of some windows, [windows, window, columns] in parts of whole windows, in their order. */
export type Found = (windows: WindowArrays) => AsyncIterable<ArrayLike<number | bigint>>;

/** Columns without gaps from row `first` on. Of each window the middle counts, at the ends of the table more. */
export async function filled(
  seen: Columns,
  { first, window, seasons }: { readonly first: number; readonly window: number; readonly seasons: readonly number[] },
  found: Found,
): Promise<Columns> {
  const length = (seen[0] as Float64Array).length;
  const starts = startsIn(first, length, window, window / 2);
  if ((starts.at(-1) as number) + window < length) starts.push(length - window);
  const whole = seen.map((column) => column.slice());
  let i = 0;
  for await (const part of found(windowsOf(seen, seen, starts, window, seasons))) {
    for (let at = 0; at < part.length; at += window * seen.length) {
      const start = starts[i] as number;
      for (let t = i > 0 ? window / 4 : 0; t < window; t++) {
        for (const [column, values] of whole.entries()) {
          if (Number.isNaN(seen[column]?.[start + t])) values[start + t] = Number(part[at + t * seen.length + column]);
        }
      }
      i++;
    }
  }
  return whole;
}

export function csv(names: readonly string[], columns: Columns): string {
  const rows = Array.from(columns[0] as Float64Array, (_, row) =>
    columns.map((column) => Number((column[row] as number).toPrecision(7))).join(","),
  );
  return `${[names.join(","), ...rows].join("\n")}\n`;
}
