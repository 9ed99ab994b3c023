import { cases } from "../../test/cases/index.ts";
import type { CaseResult, HostName, HostReport } from "../case.ts";
import { runInChromium, runInFirefox } from "./browser-hosts.ts";
import { Collector } from "./collect.ts";
import { runInDeno } from "./deno.ts";
import type { HostRun } from "./host-run.ts";
import { runInNode } from "./node.ts";
import type { Job } from "./protocol.ts";

export interface RunOptions {
  /** Runs the cases of exactly this name, or those whose name matches. */
  readonly filter?: string | RegExp | ((name: string) => boolean);
  /** JSON data for the cases. */
  readonly input?: unknown;
  /** The kind of adapter that kernels are chosen for, whichever it is. */
  readonly as?: Job["as"];
  /** For the whole run, the host's start included. */
  readonly timeoutMs?: number;
  readonly onResult?: (result: CaseResult) => void;
}

const hosts: Readonly<Record<HostName, HostRun>> = {
  node: runInNode,
  chromium: runInChromium,
  deno: runInDeno,
  firefox: runInFirefox,
};

/** Runs cases in a host, one after the other on one device. Fails where the host itself fails, not where a case does. */
export async function runCases(host: HostName, options: RunOptions = {}): Promise<HostReport> {
  const { filter = () => true, input, as, timeoutMs = 300_000, onResult } = options;
  const names = cases.map(({ name }) => name).filter((name) => matches(filter, name));
  if (names.length === 0) throw new Error(`no case is called ${String(filter)}`);
  const job: Job = { names, ...(input === undefined ? {} : { input }), ...(as === undefined ? {} : { as }) };
  return hosts[host](job, timeoutMs, new Collector(host, onResult));
}

function matches(filter: NonNullable<RunOptions["filter"]>, name: string): boolean {
  if (typeof filter === "string") return name === filter;
  return typeof filter === "function" ? filter(name) : filter.test(name);
}
