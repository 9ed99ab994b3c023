import { type HostName, hostNames } from "../harness/case.ts";
import { parseAdapterChoice } from "../harness/setup/adapter.mjs";
import { SetupError } from "../harness/setup/say.mjs";
import { type PeerName, peerNames, type Suite, suites } from "./types.ts";

export interface BenchOptions {
  /** Suites, or all. */
  readonly suites: readonly Suite[];
  /** Parts of names; a case runs that has one of them. */
  readonly cases: readonly string[];
  readonly peers: readonly PeerName[];
  readonly host: HostName;
  readonly adapter: "auto" | "hardware" | "software" | undefined;
  /** A commit to compare with. */
  readonly against: string | undefined;
  readonly json: string | undefined;
  readonly quick: boolean;
  /** Seconds of timing for a case, first calls and warming up not included. */
  readonly budget: number | undefined;
  /** So many rounds of first calls, each in a fresh page, in place of steps. */
  readonly firstCalls: number | undefined;
  /** What a dispatch costs, in place of all cases. */
  readonly dispatchCost: boolean;
}

export function parseOptions(args: readonly string[]): BenchOptions {
  const values = new Map<string, string>();
  const known = ["suite", "case", "peers", "host", "adapter", "against", "json", "budget", "first-calls"];
  let [quick, dispatchCost] = [false, false];
  for (let i = 0; i < args.length; i++) {
    const [name = "", given] = (args[i] as string).split(/=(.*)/s);
    if (name === "--quick") quick = true;
    else if (name === "--dispatch-cost") dispatchCost = true;
    else if (name.startsWith("--") && known.includes(name.slice(2))) {
      const value = given ?? args[++i];
      if (value === undefined) throw new SetupError(`${name}: expected a value; see --help`);
      values.set(name.slice(2), value);
    } else throw new SetupError(`${args[i]}: no such option; see --help`);
  }
  const budget = values.has("budget") ? Number(values.get("budget")) : undefined;
  if (budget !== undefined && !(budget > 0)) throw new SetupError(`--budget: expected seconds, got ${budget}`);
  const firstCalls = values.has("first-calls") ? Number(values.get("first-calls")) : undefined;
  if (firstCalls !== undefined && !(Number.isInteger(firstCalls) && firstCalls > 0)) {
    throw new SetupError(`--first-calls: expected rounds, got ${values.get("first-calls")}`);
  }
  const adapter = values.get("adapter");
  return {
    suites: several("suite", values.get("suite"), suites),
    cases: values.get("case")?.split(",") ?? [],
    peers: values.get("peers") === "none" ? [] : several("peers", values.get("peers"), peerNames),
    host: one("host", values.get("host") ?? "chromium", hostNames),
    adapter: adapter === undefined ? undefined : parseAdapterChoice(adapter),
    against: values.get("against"),
    json: values.get("json"),
    quick,
    budget,
    firstCalls,
    dispatchCost,
  };
}

function several<T extends string>(option: string, text: string | undefined, known: readonly T[]): readonly T[] {
  if (text === undefined || text === "all") return known;
  return text.split(",").map((each) => one(option, each, known));
}

function one<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text);
  if (!found) throw new SetupError(`--${option}: expected ${known.join(", ")}, got "${text}"`);
  return found;
}
