import { type Random, seededRandom } from "../shared/random.ts";

/** A day as people write it, and as ISO 8601 does. */
export interface Written {
  readonly source: string;
  readonly iso: string;
}

interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
}

const months = "January February March April May June July August September October November December".split(" ");
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

const two = (n: number) => String(n).padStart(2, "0");
const month = ({ month }: Day) => months[month - 1] as string;
const weekday = ({ weekday }: Day) => weekdays[weekday] as string;
const short = (name: string) => name.slice(0, 3);
const shortYear = ({ year }: Day) => two(year % 100);

function ordinal({ day }: Day): string {
  const isTeen = day >= 11 && day <= 13;
  return `${day}${isTeen ? "th" : ({ 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th")}`;
}

/** No two of them write different days alike: with slashes the month comes first, with dots the day. */
const formats: readonly ((day: Day) => string)[] = [
  (d) => `${d.day} ${month(d)} ${d.year}`,
  (d) => `${d.day} ${short(month(d))} ${d.year}`,
  (d) => `${d.day}-${short(month(d)).toUpperCase()}-${shortYear(d)}`,
  (d) => `${month(d)} ${d.day}, ${d.year}`,
  (d) => `${short(month(d))} ${ordinal(d)}, ${d.year}`,
  (d) => `${ordinal(d)} of ${month(d)} ${d.year}`,
  (d) => `the ${ordinal(d)} of ${month(d)}, ${d.year}`,
  (d) => `${weekday(d)} ${month(d)} ${d.day}, ${d.year}`,
  (d) => `${weekday(d)} ${d.day} ${month(d)} ${d.year}`,
  (d) => `${short(weekday(d))}, ${ordinal(d)} of ${short(month(d))} ${d.year}`,
  (d) => `${short(weekday(d)).toLowerCase()} ${d.day} ${month(d).toLowerCase()} '${shortYear(d)}`,
  (d) => `${d.month}/${d.day}/${shortYear(d)}`,
  (d) => `${two(d.month)}/${two(d.day)}/${d.year}`,
  (d) => `${d.day}.${d.month}.${d.year}`,
  (d) => `${two(d.day)}.${two(d.month)}.${shortYear(d)}`,
  (d) => `${d.year}, ${month(d)} ${ordinal(d)}`,
  (d) => `${d.year}/${two(d.month)}/${two(d.day)}`,
];

/** Years with two digits are of 1950 to 2049, and so are all others. */
const firstDay = Date.UTC(1950, 0, 1) / 864e5;
const dayCount = Date.UTC(2050, 0, 1) / 864e5 - firstDay;

function dayAt(index: number): Day {
  const date = new Date((firstDay + index) * 864e5);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
  };
}

function write(index: number, random: Random): Written {
  const day = dayAt(index);
  const format = formats[Math.floor(random() * formats.length)] as (day: Day) => string;
  return { source: format(day), iso: `${day.year}-${two(day.month)}-${two(day.day)}` };
}

/** One day in ten, the same for all seeds, is never trained on. */
const isHeldOut = (index: number) => seededRandom(index)() < 0.1;
const days = Array.from({ length: dayCount }, (_, index) => index);
const heldOut = days.filter(isHeldOut);
const trained = days.filter((index) => !isHeldOut(index));

const draw = (from: readonly number[], random: Random) => from[Math.floor(random() * from.length)] as number;

/** A training example in a random format. */
export const trainingDate = (random: Random): Written => write(draw(trained, random), random);
/** An example of a day that is never trained on. */
export const heldOutDate = (random: Random): Written => write(draw(heldOut, random), random);

/** Longest form: "Wednesday September 30, 2020". */
export const sourceLength = 28;
export const isoLength = 10;

const sourceAlphabet = [
  ...new Set([
    ..."0123456789 ,-./'",
    ...[...months, ...weekdays].flatMap((name) => [...name.toLowerCase()]),
    ..."the of nd rd st",
  ]),
].join("");
/** Upper and lower case are one: 0 is padding, letters and signs follow. */
export const sourceVocabulary = sourceAlphabet.length + 1;
const isoAlphabet = "0123456789-";
/** 0 stands before the first character. */
export const isoVocabulary = isoAlphabet.length + 1;

export interface DateBatch {
  /** [batch · sourceLength] */
  readonly source: Int32Array;
  /** [batch] */
  readonly lengths: Int32Array;
  /** [batch · isoLength] */
  readonly target: Int32Array;
}

export function encodeDates(dates: readonly Written[]): DateBatch {
  const source = new Int32Array(dates.length * sourceLength);
  const target = new Int32Array(dates.length * isoLength);
  dates.forEach((date, row) => {
    [...date.source.toLowerCase()].forEach((sign, i) => {
      source[row * sourceLength + i] = sourceAlphabet.indexOf(sign) + 1;
    });
    [...date.iso].forEach((sign, i) => {
      target[row * isoLength + i] = isoAlphabet.indexOf(sign) + 1;
    });
  });
  return { source, lengths: Int32Array.from(dates, (date) => date.source.length), target };
}

export const decodeIso = (tokens: ArrayLike<number>): string =>
  Array.from(tokens, (token) => isoAlphabet[token - 1] ?? "?").join("");
