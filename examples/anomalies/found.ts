/** What alarms come to: anomalies that were found, and alarms where nothing was. */
import type { Span } from "./series.ts";

export interface Found {
  readonly windowsFound: number;
  /** Alarms that are no more than `apart` rows from each other count as one. */
  readonly falseAlarms: number;
}

/** Alarms from row `from` on against windows of anomalies; in the rows of `ignored` they do not count. */
export function countFound(
  alarms: readonly boolean[],
  windows: readonly Span[],
  { from, apart, ignored = [] }: { readonly from: number; readonly apart: number; readonly ignored?: readonly Span[] },
): Found {
  const isIn = (row: number, spans: readonly Span[]) => spans.some(([first, end]) => row >= first && row < end);
  const rows = alarms.flatMap((isAlarm, row) => (isAlarm && row >= from ? [row] : []));
  const wrong = rows.filter((row) => !isIn(row, windows) && !isIn(row, ignored));
  return {
    windowsFound: windows.filter((window) => rows.some((row) => isIn(row, [window]))).length,
    falseAlarms: wrong.filter((row, i) => i === 0 || row - (wrong[i - 1] as number) > apart).length,
  };
}

/** The mean over all windows of how far they are off at a row, signs kept: what is off now and then by chance goes out. */
export function meanResiduals(
  rows: number,
  starts: readonly number[],
  residuals: ArrayLike<number>,
  width: number,
): Float64Array {
  const [sums, counts] = [new Float64Array(rows), new Float64Array(rows)];
  for (const [i, start] of starts.entries()) {
    for (let step = 0; step < width; step++) {
      sums[start + step] = (sums[start + step] as number) + (residuals[i * width + step] as number);
      counts[start + step] = (counts[start + step] as number) + 1;
    }
  }
  return sums.map((sum, row) => Math.abs(sum / Math.max(1, counts[row] as number)));
}
