import { DataError, UnsupportedError } from "../../errors.ts";
import { checkArgument, show, text } from "../../options.ts";

/** The fastest way of each choice on one adapter, by the choice's key. */
export type TunedChoices = Readonly<Record<string, string>>;

/** Where measured choices are kept between runs. Both may be asynchronous. */
export interface TuningStore {
  /** What was saved for the adapter of this name; undefined where there is nothing. */
  load(adapter: string): TunedChoices | undefined | Promise<TunedChoices | undefined>;
  /** Adds choices to those of this adapter. */
  save(adapter: string, choices: TunedChoices): void | Promise<void>;
}

/** Remembers for the life of the object: give the same one to several devices. */
export function memoryTuning(): TuningStore {
  const adapters = new Map<string, TunedChoices>();
  return {
    load: (adapter) => adapters.get(adapter),
    save(adapter, choices) {
      adapters.set(adapter, { ...adapters.get(adapter), ...choices });
    },
  };
}

/**
 * Remembers in the browser's localStorage (Deno has one too), under one key. What is broken there is dropped with a
 * warning. Throws UnsupportedError where there is no localStorage, as in workers.
 */
export function localStorageTuning(key = "seqgrad tuning"): TuningStore {
  checkArgument("localStorageTuning", "key", key, text);
  const storage = (): Storage => {
    const found = (globalThis as { localStorage?: Storage }).localStorage;
    if (found) return found;
    throw new UnsupportedError(
      "localStorageTuning: this host has no localStorage (workers have none), expected one; use indexedDbTuning in a worker, fileTuning in Node",
    );
  };
  const read = (): TuningTable => {
    const saved = storage().getItem(key);
    if (saved === null) return {};
    try {
      return parseTuning(saved, `localStorage "${key}"`);
    } catch (error) {
      console.warn(`${(error as Error).message}; it is ignored and will be written anew`);
      return {};
    }
  };
  return {
    load: (adapter) => read()[adapter],
    save: (adapter, choices) => storage().setItem(key, formatTuning(withChoices(read(), adapter, choices))),
  };
}

/**
 * Remembers in a JSON file, in Node and in Deno by `npm:seqgrad`; a bundle for browsers has this function as well, so that one
 * program serves all hosts, and it throws UnsupportedError.
 */
export function fileTuning(_path: string): TuningStore {
  throw new UnsupportedError(
    "fileTuning: this build of seqgrad is for hosts without files, expected seqgrad/node; use localStorageTuning, or indexedDbTuning in a worker",
  );
}

/** Tuned choices of several adapters. */
export type TuningTable = Readonly<Record<string, TunedChoices>>;

const FORMAT = "seqgrad tuning 1";

export const withChoices = (table: TuningTable, adapter: string, choices: TunedChoices): TuningTable => ({
  ...table,
  [adapter]: { ...table[adapter], ...choices },
});

/** As text for a file: sorted, so that the same choices give the same text. */
export function formatTuning(table: TuningTable): string {
  const sorted = <T>(record: Readonly<Record<string, T>>, each: (value: T) => unknown) =>
    Object.fromEntries(
      Object.keys(record)
        .sort()
        .map((key) => [key, each(record[key] as T)]),
    );
  const adapters = sorted(table, (choices) => sorted(choices, (way) => way));
  return `${JSON.stringify({ format: FORMAT, adapters }, null, 2)}\n`;
}

/** Reads such a text. Throws DataError for any other; `where` is named in it. */
export function parseTuning(json: string, where: string): TuningTable {
  const wrong = (what: string) =>
    new DataError(`tuning: ${where} ${what}, expected what seqgrad writes ("format": "${FORMAT}"); delete it`);
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch (error) {
    throw wrong(`is no JSON (${(error as Error).message})`);
  }
  const { format, adapters } = isRecord(content) ? content : {};
  if (format !== FORMAT) throw wrong(`has the format ${format === undefined ? "of something else" : show(format)}`);
  if (!isRecord(adapters)) throw wrong("has no adapters");
  for (const [adapter, choices] of Object.entries(adapters)) {
    if (!isRecord(choices)) throw wrong(`has no choices for ${show(adapter)}`);
    for (const [key, way] of Object.entries(choices)) {
      if (typeof way !== "string") throw wrong(`has ${show(way)} for ${show(key)}`);
    }
  }
  return adapters as TuningTable;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
