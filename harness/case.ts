import type { Device } from "../src/index.ts";

export type HostName = "node" | "chromium" | "deno" | "firefox";

/** Those of the tests: their programs come as packages. Firefox has to be on the machine. */
export const hostNames: readonly HostName[] = ["node", "chromium", "deno"];

export interface CaseContext {
  /** Open already, and shared by the cases of a run. */
  readonly device: Device;
  readonly host: HostName;
  /** JSON data passed by the test. */
  readonly input?: unknown;
  /** Where a run is about some kernels alone: runs an action that makes one program, unless that has none of them. */
  readonly ifReaching?: (action: () => Promise<void>) => Promise<void>;
}

/** A named program that runs in every host. It throws on failure; what it returns goes back to the test as JSON. */
export interface Case {
  readonly name: string;
  /** It runs the same by each way in turn, and leaves out those that do not reach the kernels that a run is about. */
  readonly byWays?: true;
  run(context: CaseContext): Promise<unknown>;
}

export interface CaseResult {
  readonly name: string;
  readonly ok: boolean;
  readonly value?: unknown;
  /** What was thrown, with its stack. */
  readonly error?: string;
  readonly ms: number;
  /** Kernels that it used. */
  readonly kernels: readonly string[];
}

export interface HostReport {
  readonly host: HostName;
  readonly adapter: string;
  readonly results: CaseResult[];
  /** What the program printed, a line each. */
  readonly console: string[];
  /** Errors that no case caught. */
  readonly pageErrors: string[];
}
