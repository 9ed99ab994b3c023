// What a program inside a host tells the harness, a message at a time.
import type { Device } from "../../src/index.ts";
import type { CaseResult } from "../case.ts";

export type Message =
  | { readonly type: "adapter"; readonly adapter: string }
  | { readonly type: "start"; readonly name: string }
  | { readonly type: "result"; readonly result: CaseResult }
  | { readonly type: "error"; readonly error: string }
  | { readonly type: "done" };

/** What the harness gives to the program before it starts. */
export interface Job {
  /** Names of the cases to run; all without it. */
  readonly names?: readonly string[];
  readonly input?: unknown;
  /** Kernels that the run is about: cases that run by ways leave out those that do not reach them. */
  readonly about?: readonly string[];
  /** The kind of adapter that kernels are chosen for, whichever it is. */
  readonly as?: Device["adapter"]["kind"];
}

/** Where messages go over stdout, they stand on lines of their own behind this. */
export const messageMark = "@@seqgrad ";
