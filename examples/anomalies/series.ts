/** A series with times, and where its anomalies are. */
import { calendarFeatures, fillMissing, readCsv } from "seqgrad/data";
import { UserError } from "../shared/errors.ts";
import { seededRandom } from "../shared/random.ts";
import { type Files, filesOf, pathOf, readText } from "../shared/task/files.ts";

/** Rows from the first up to, but not, the last. */
export type Span = readonly [from: number, to: number];

export interface TimedSeries {
  readonly name: string;
  readonly times: readonly string[];
  /** Without gaps. */
  readonly values: Float64Array;
  /** [rows, features]: hour and day of the week. */
  readonly calendar: readonly (readonly number[])[];
  readonly windows: readonly Span[];
}

/** How many numbers the calendar says of a row. */
export const calendarSize = 4;

/** Throws a UserError where there is no column of times or of numbers. */
export async function readTimedSeries(
  files: Files,
  options: { readonly file?: string | undefined; readonly column?: string | undefined },
): Promise<TimedSeries> {
  const labels = files.names.find((each) => each.endsWith(".json"));
  const others = files.names.filter((each) => each !== labels);
  const name = options.file ?? (others.length === 1 ? others[0] : undefined);
  if (name === undefined || !others.includes(name)) {
    throw new UserError(`${files.name}: expected ${options.file ?? "one CSV file"}, has ${others.join(", ")}`);
  }
  const intervals = labels ? readIntervals(await readText(files, labels), pathOf(files, labels), name) : [];
  const path = pathOf(files, name);
  const table = await readCsv(await readText(files, name), { name: path });
  const numbers = table.names.filter((each) => table.types[each] === "number");
  const column = options.column ?? numbers.at(-1);
  if (column === undefined || !numbers.includes(column)) {
    throw new UserError(`${path}: has no column of numbers "${column ?? ""}"; it has ${numbers.join(", ") || "none"}`);
  }
  const time = table.names.find((each) => table.types[each] === "text");
  if (time === undefined) throw new UserError(`${path}: has no column of times, as 2014-07-01 00:30:00; add one`);
  const times = table.text(time).map((text) => (text ?? "").replace(" ", "T"));
  const values = Float64Array.from(fillMissing(table.column(column), { rest: "nearest" }).data);
  return { name: column, times, values, calendar: calendarOf(times, path), windows: spansOf(times, intervals) };
}

function calendarOf(times: readonly string[], path: string): number[][] {
  try {
    const { data } = calendarFeatures(times, { parts: ["hour", "dayOfWeek"] });
    return times.map((_, row) => Array.from(data.slice(row * calendarSize, (row + 1) * calendarSize)));
  } catch (error) {
    throw new UserError(`${path}: ${(error as Error).message}`);
  }
}

/** Rows whose times lie in intervals, both ends counted. ISO texts are ordered as times are. */
function spansOf(times: readonly string[], intervals: readonly (readonly [string, string])[]): Span[] {
  const iso = (text: string) => text.replace(" ", "T").slice(0, 19);
  return intervals.flatMap(([first, last]): Span[] => {
    const from = times.findIndex((time) => iso(time) >= iso(first));
    const to = times.findLastIndex((time) => iso(time) <= iso(last)) + 1;
    return from >= 0 && to > from ? [[from, to]] : [];
  });
}

/**
 * Intervals of a file: a list of [first, last], or lists by the names of series (as the Numenta Anomaly Benchmark has them), of
 * which that of `series` is taken.
 */
function readIntervals(text: string, path: string, series: string): [string, string][] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UserError(`${path}: is not JSON; expected a list of [first time, last time]`);
  }
  const plain = (name: string) => name.replace(/^.*\//, "").replace(/^nab-/, "");
  const list = Array.isArray(json)
    ? json
    : Object.entries((json ?? {}) as Record<string, unknown>).find(([key]) => plain(key) === plain(series))?.[1];
  const isPair = (each: unknown) =>
    Array.isArray(each) && each.length === 2 && each.every((time) => typeof time === "string");
  if (!Array.isArray(list) || !list.every(isPair)) {
    throw new UserError(`${path}: has no list of [first time, last time] for ${series}; give one`);
  }
  return list as [string, string][];
}

/**
 * Puts anomalies into the rows from `from` on, a day at most each, two days apart: a stretch of another time of day, one that is
 * turned upside down, one that stays at its mean. All numbers are such as the series has; what is wrong is when they come.
 */
export function withInserted(
  series: TimedSeries,
  {
    count,
    period,
    from,
    seed,
  }: { readonly count: number; readonly period: number; readonly from: number; readonly seed: number },
): TimedSeries {
  const random = seededRandom(seed, 2);
  const values = series.values.slice();
  const windows: Span[] = [];
  const isFree = ([first, last]: Span) =>
    [...windows, ...series.windows].every(([a, b]) => last + 2 * period <= a || first >= b + 2 * period);
  for (let tries = 0; windows.length < count; tries++) {
    if (tries > 1000) throw new UserError(`--insert ${count}: the test part has no room for so many; ask for fewer`);
    const first = from + Math.floor(random() * (values.length - from - 2 * period));
    const span: Span = [first, first + Math.floor(period * (0.5 + 0.5 * random()))];
    if (!isFree(span)) continue;
    const old = series.values.slice(...span);
    const mean = old.reduce((sum, value) => sum + value, 0) / old.length;
    const [low, high] = [Math.min(...old), Math.max(...old)];
    for (let i = 0; i < old.length; i++) {
      const [value, later] = [old[i] as number, series.values[first + i + Math.round(period / 2)] as number];
      values[first + i] = [later, low + high - value, mean][windows.length % 3] as number;
    }
    windows.push(span);
  }
  return { ...series, values, windows: windows.sort(([a], [b]) => a - b) };
}

/** 120 days of half hours: two peaks a day, quiet weekends, a level that drifts, noise. */
export function madeUpDays(seed: number): Files {
  const random = seededRandom(seed);
  let level = 0;
  const rows = Array.from({ length: 120 * 48 }, (_, row) => {
    const time = new Date(Date.UTC(2024, 0, 1) + row * 1_800_000);
    const [hour, isWeekend] = [(row % 48) / 2, [0, 6].includes(time.getUTCDay())];
    const peak = (at: number, width: number) => Math.exp(-(((hour - at) / width) ** 2));
    level = 0.98 * level + 0.02 * (random() - 0.5);
    const shape = isWeekend ? 0.7 * peak(14, 4) : peak(8.5, 2) + 0.8 * peak(18, 2.5);
    const value = 100 * (0.3 + shape + level + 0.1 * (random() - 0.5));
    return `${time.toISOString().slice(0, 19)},${value.toFixed(1)}`;
  });
  return filesOf("made-up days", { "days.csv": `time,value\n${rows.join("\n")}\n` });
}
