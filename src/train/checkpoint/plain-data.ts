/** Plain data as text and back: JSON, in which numbers that JSON has no word for are `{ "$number": "NaN" }`. */
import { DataError } from "../../errors.ts";
import { show } from "../../options.ts";
import type { PlainData } from "./resumable.ts";

const KEY = "$number";
const DEEPEST = 100;

/** Throws DataError, which names the place, for what would not be the same when it is read. */
export function formatPlain(where: string, data: unknown): string {
  return JSON.stringify(spelled(where, data, "", 0));
}

export function parsePlain(json: string): PlainData {
  return JSON.parse(json, (_, value) =>
    value !== null && typeof value === "object" && typeof value[KEY] === "string" ? Number(value[KEY]) : value,
  );
}

function spelled(where: string, value: unknown, path: string, depth: number): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    if (Object.is(value, -0)) return { [KEY]: "-0" };
    return Number.isFinite(value) ? value : { [KEY]: String(value) };
  }
  const each = (item: unknown, key: string | number) => spelled(where, item, `${path}.${key}`, depth + 1);
  if (depth < DEEPEST && Array.isArray(value)) return Array.from(value, each);
  const isRecord = typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (depth < DEEPEST && isRecord && !Object.hasOwn(value, KEY)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [key, each(item, key)]));
  }
  throw new DataError(
    `${where}: the state${path} is ${show(value)}, expected plain data: numbers, strings, booleans, null, arrays and records of them; convert it in state(), and keep arrays of numbers in tensors()`,
  );
}
