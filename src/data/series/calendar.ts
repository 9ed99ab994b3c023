import { ArgumentError } from "../../errors.ts";
import { checkArgument, checkOptions, integer, listOf, oneOf, required } from "../../options.ts";
import { type Shaped, shaped } from "../arrays.ts";
import { readTimes, type Times, timesKind } from "./table.ts";

/** A part of a date that becomes a feature. */
export type CalendarPart = "minute" | "hour" | "dayOfWeek" | "dayOfMonth" | "dayOfYear" | "month" | "weekend";

/** Options of calendar features. */
export interface CalendarOptions {
  /** What to tell of each time. Default: hour, dayOfWeek and dayOfYear. */
  readonly parts?: readonly CalendarPart[] | undefined;
  /**
   * "cyclic": the sine and the cosine of each part's share of its period, so that the end lies beside the beginning;
   * "number": the part itself (hour 0 to 23, dayOfWeek 0 for Monday to 6, dayOfMonth from 1, dayOfYear from 1, month from 1).
   * A weekend is 0 or 1 either way. Default "cyclic".
   */
  readonly encoding?: "cyclic" | "number" | undefined;
  /** Minutes by which the clock is ahead of UTC. Default 0. */
  readonly offset?: number | undefined;
}

/** Features of times. */
export interface CalendarFeatures {
  /** [times, features] */
  readonly data: Shaped<Float32Array<ArrayBuffer>>;
  /** Of each column: `hour`, or `hour sin` and `hour cos`. */
  readonly names: readonly string[];
}

const MINUTE = 60_000;
const DAY = 86_400_000;

/** The part's number from 0 on, its period, and by how much its number is told. */
const PARTS: Readonly<
  Record<CalendarPart, readonly [of: (time: Date) => number, period: (time: Date) => number, first: number]>
> = {
  minute: [(time) => time.getUTCMinutes(), () => 60, 0],
  hour: [(time) => time.getUTCHours(), () => 24, 0],
  dayOfWeek: [(time) => (time.getUTCDay() + 6) % 7, () => 7, 0],
  dayOfMonth: [
    (time) => time.getUTCDate() - 1,
    (time) => new Date(Date.UTC(time.getUTCFullYear(), time.getUTCMonth() + 1, 0)).getUTCDate(),
    1,
  ],
  dayOfYear: [
    (time) => Math.floor((time.getTime() - yearStart(time, 0)) / DAY),
    (time) => (yearStart(time, 1) - yearStart(time, 0)) / DAY,
    1,
  ],
  month: [(time) => time.getUTCMonth(), () => 12, 1],
  weekend: [(time) => (time.getUTCDay() % 6 === 0 ? 1 : 0), () => 2, 0],
};

const yearStart = (time: Date, later: number): number =>
  new Date(0).setUTCFullYear(time.getUTCFullYear() + later, 0, 1);

/**
 * What the calendar says of each time: a date, milliseconds since 1970, or an ISO text (UTC where it names no zone). Throws
 * DataError for what is no time, with its row.
 */
export function calendarFeatures(times: Times, options: CalendarOptions = {}): CalendarFeatures {
  checkArgument("calendarFeatures", "times", times, required(timesKind));
  checkOptions("calendarFeatures", options, {
    parts: listOf(oneOf(...Object.keys(PARTS)), `some of ${Object.keys(PARTS).join(", ")}`),
    encoding: oneOf("cyclic", "number"),
    offset: integer,
  });
  const { parts = ["hour", "dayOfWeek", "dayOfYear"], encoding = "cyclic", offset = 0 } = options;
  if (parts.length === 0)
    throw new ArgumentError(`calendarFeatures: parts is empty, expected some of ${Object.keys(PARTS).join(", ")}`);
  if (Math.abs(offset) > 24 * 60)
    throw new ArgumentError(`calendarFeatures: offset is ${offset}, expected minutes, at most a day`);
  const isCyclic = (part: CalendarPart) => encoding === "cyclic" && part !== "weekend";
  const names = parts.flatMap((part) => (isCyclic(part) ? [`${part} sin`, `${part} cos`] : [part]));
  const read = readTimes("calendarFeatures", times);
  const data = new Float32Array(read.length * names.length);
  let at = 0;
  for (const [row, milliseconds] of read.entries()) {
    const time = new Date(milliseconds + offset * MINUTE);
    if (Number.isNaN(time.getTime()))
      throw new ArgumentError(
        `calendarFeatures: times: row ${row} is ${milliseconds} ms, expected a time that a date can be`,
      );
    for (const part of parts) {
      const [of, period, first] = PARTS[part];
      const angle = (2 * Math.PI * of(time)) / period(time);
      if (isCyclic(part)) data.set([Math.sin(angle), Math.cos(angle)], at);
      else data[at] = of(time) + first;
      at += isCyclic(part) ? 2 : 1;
    }
  }
  return { data: shaped(data, [read.length, names.length]), names };
}
