// A call by the name that the declarations give, and what is wrong with its outcome.

import { InputValue } from "../../src/graph/leaves.ts";
import { reachableLeaves } from "../../src/graph/order.ts";
import { Value } from "../../src/graph/value.ts";
import * as sg from "../../src/index.ts";
import { plan } from "../plan/support.ts";

type AnyFunction = (...args: readonly unknown[]) => unknown;

/** What a name of the declarations stands for, as a function of a row's arguments; a method takes its object first. */
export function callable(name: string, exports: object = sg): (args: readonly unknown[]) => unknown {
  const [path = "", method] = name.split("#");
  if (method) return ([self, ...args]) => (self as Record<string, AnyFunction>)[method]?.(...args);
  const parts = path.replace("new ", "").split(".");
  const owner = parts.slice(0, -1).reduce((at: object, part) => at[part as never], exports);
  const last = parts.at(-1) as string;
  if (path.startsWith("new ")) {
    const Made = (owner as Record<string, unknown>)[last] as new (...args: readonly unknown[]) => unknown;
    return (args) => new Made(...args);
  }
  return (args) => (owner as Record<string, AnyFunction>)[last]?.(...args);
}

/** Values in what was returned, a few levels down. */
function valuesIn(result: unknown, depth = 3): Value[] {
  if (result instanceof Value) return [result];
  if (typeof result !== "object" || result === null || depth === 0 || ArrayBuffer.isView(result)) return [];
  return Object.values(result)
    .slice(0, 20)
    .flatMap((each) => valuesIn(each, depth - 1));
}

/** What was traced can be planned, too. */
function planned(result: unknown): void {
  const values = valuesIn(result).filter(({ node }) => node);
  if (values.length === 0) return;
  const inputs = reachableLeaves(values).filter((leaf): leaf is InputValue => leaf instanceof InputValue);
  plan(Object.fromEntries(values.map((value, k) => [`y${k}`, value])), inputs);
}

/** For what hangs or counts out what it should refuse: a busy machine may take many times as long as a quiet one. */
const MAX_MS = 20_000;
const MAX_MESSAGE = 2000;

/** Why an outcome, or what a promise of it becomes, is neither a result nor one of our errors, at once; undefined where it is. */
export async function problemOf(call: () => unknown): Promise<string | undefined> {
  const start = performance.now();
  try {
    const result = call();
    planned(result instanceof Promise ? await result : result);
  } catch (error) {
    if (!(error instanceof sg.SeqgradError)) return `${error}`.slice(0, 200);
    if (error.message.length > MAX_MESSAGE) return `a message of ${error.message.length} characters`;
  }
  const time = performance.now() - start;
  return time > MAX_MS ? `took ${Math.round(time)} ms` : undefined;
}
