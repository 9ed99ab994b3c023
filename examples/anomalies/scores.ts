/** How far a series is from what the nets expect of it, and when that is an alarm. */
import { UserError } from "../shared/errors.ts";
import { type DetectorSizes, windowsOf } from "./detector.ts";
import { meanResiduals } from "./found.ts";
import type { TimedSeries } from "./series.ts";

/** An alarm is what is further off than ever in the rows known, by a tenth, and by four deviations over all rows. */
const [margin, most] = [1.1, 4];

/** What the rows that were learned from say of the nets. */
export interface Usual {
  /** How far off forecast and drawing are in the rows learned from: each counts by it. */
  readonly units: readonly number[];
  /** The furthest off of the rows known, in these units. */
  readonly furthest: number;
}

/** What the nets say of windows: forecasts [windows, horizon] and drawings [windows, window], in parts of whole windows. */
export type Said = (
  windows: ReturnType<typeof windowsOf>,
) => AsyncIterable<{ readonly next: Numbers; readonly drawn: Numbers }>;
type Numbers = ArrayLike<number | bigint>;

/** Rows at which windows end, from the first whole one on. Throws a UserError where there is none. */
export function endsIn(first: number, end: number, { window, horizon }: DetectorSizes, stride = 1): number[] {
  const ends: number[] = [];
  for (let at = first + window; at + horizon <= end; at += stride) ends.push(at);
  if (ends.length > 0) return ends;
  throw new UserError(`${end - first} rows are too few for --window ${window} and --horizon ${horizon}`);
}

/** How far off the forecast and the drawing of each row are. */
export async function residualsOf(
  series: TimedSeries,
  sizes: DetectorSizes,
  scale: (value: number) => number,
  said: Said,
): Promise<readonly Float64Array[]> {
  const ends = endsIn(0, series.values.length, sizes);
  const windows = windowsOf(series, ends, sizes, scale);
  const [foretold, drawn]: [number[], number[]] = [[], []];
  for await (const each of said(windows)) {
    foretold.push(...Array.from(each.next, Number));
    drawn.push(...Array.from(each.drawn, Number));
  }
  const off = (predicted: readonly number[], truth: readonly (readonly number[])[]) =>
    Float64Array.from(truth.flat(), (value, i) => value - (predicted[i] as number));
  const starts = ends.map((end) => end - sizes.window);
  return [
    meanResiduals(series.values.length, ends, off(foretold, windows.next), sizes.horizon),
    meanResiduals(series.values.length, starts, off(drawn, windows.values), sizes.window),
  ];
}

/** @param learned rows from the first on that were learned from; the nets were chosen by those up to `known` */
export function usualOf(residuals: readonly Float64Array[], learned: number, known: number): Usual {
  const units = residuals.map((each) => rootMeanSquare(each.slice(0, learned)));
  return { units, furthest: Math.max(...sum(residuals, units).slice(0, known)) };
}

/** Of each row how far off it is, in parts of what is an alarm. */
export function scoresOf(residuals: readonly Float64Array[], { units, furthest }: Usual): Float64Array {
  const total = sum(residuals, units);
  const threshold = Math.max(margin * furthest, most * rootMeanSquare(total));
  return total.map((value) => value / threshold);
}

const sum = (residuals: readonly Float64Array[], units: readonly number[]): Float64Array =>
  (residuals[0] as Float64Array).map((_, row) =>
    residuals.reduce((total, part, i) => total + (part[row] as number) / (units[i] as number), 0),
  );

export const rootMeanSquare = (values: Float64Array): number =>
  Math.sqrt(values.reduce((total, value) => total + value * value, 0) / values.length) || 1;
