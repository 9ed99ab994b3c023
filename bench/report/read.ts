/** A file of results, from wherever it came: what is drawn of it is there, and is what it should be. */
import { type BenchReport, dispatchWays, engineNames, suites } from "../types.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type Check = (value: Json | undefined, at: string) => void;

const wrong = (at: string, expected: string, got: Json | undefined): never => {
  throw new Error(`${at}: expected ${expected}, got ${JSON.stringify(got)?.slice(0, 40) ?? "nothing"}`);
};
const number: Check = (value, at) => {
  if (typeof value !== "number" || !Number.isFinite(value)) wrong(at, "a number", value);
};
const text: Check = (value, at) => {
  if (typeof value !== "string") wrong(at, "a text", value);
};
const oneOf =
  (names: readonly string[]): Check =>
  (value, at) => {
    if (typeof value !== "string" || !names.includes(value)) wrong(at, `one of ${names.join(", ")}`, value);
  };
const optional =
  (check: Check): Check =>
  (value, at) => {
    if (value !== undefined) check(value, at);
  };
const list =
  (check: Check): Check =>
  (value, at) => {
    if (!Array.isArray(value)) wrong(at, "a list", value);
    for (const [i, each] of (value as readonly Json[]).entries()) check(each, `${at}[${i}]`);
  };
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) wrong(at, "an object", value);
    const record = value as { readonly [name: string]: Json };
    for (const [name, check] of Object.entries(checks)) check(record[name], at === "" ? name : `${at}.${name}`);
  };
/** Of something by name; absent where there is none of it. */
const byName =
  (names: readonly string[] | undefined, check: Check): Check =>
  (value, at) => {
    fields({})(value, at);
    for (const [name, each] of Object.entries(value as { readonly [name: string]: Json })) {
      if (names) oneOf(names)(name, at);
      check(each, `${at}.${name}`);
    }
  };

const paired = fields({ ratio: number, low: number, high: number, rounds: number });
const quartiles = fields({ median: number, low: number, high: number });
const result = fields({
  configuration: text,
  medianMs: number,
  spread: number,
  samples: number,
  dispatches: number,
  submits: number,
  bytes: number,
  firstCallMs: number,
});
const ofEngines = (check: Check) => byName(engineNames, check);

const report = fields({
  adapter: text,
  adapterKind: oneOf(["hardware", "software"]),
  notes: list(text),
  host: text,
  browser: text,
  commit: text,
  date: text,
  machine: fields({ cpus: number, model: text }),
  peers: byName(undefined, text),
  limits: fields({ peakGflops: number, copyGBs: number, dispatchMicros: number }),
  cases: list(
    fields({
      name: text,
      suite: oneOf(suites),
      results: ofEngines(result),
      failed: ofEngines(text),
      ratio: ofEngines(number),
      paired: optional(paired),
      pairs: optional(ofEngines(paired)),
      rooflineShare: optional(number),
    }),
  ),
  dispatchCost: optional(
    fields({
      rounds: number,
      clockMicros: number,
      ways: list(
        fields({
          way: oneOf(dispatchWays),
          dispatches: number,
          encode: quartiles,
          submit: quartiles,
          wait: quartiles,
        }),
      ),
      roundTrip: quartiles,
    }),
  ),
});

/**
 * The report that a file holds.
 * @param name of the file, for errors
 * @throws where it is no JSON, or no report: which field, what was expected, what is there
 */
export function readReport(json: string, name: string): BenchReport {
  let value: Json;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as Error).message}`);
  }
  try {
    report(value, "");
  } catch (error) {
    throw new Error(`${name} is no result of the benchmark: ${(error as Error).message}`);
  }
  return value as unknown as BenchReport;
}
