import { ArgumentError } from "../errors.ts";
import { show } from "../options.ts";
import type { ProgramStats } from "../plan/describe.ts";
import { Executable, type RunNumbers } from "../run/executable.ts";

/** What can be looked into: what `compile` gives, or a Trainer. */
export interface Inspected {
  /** What a run does, in numbers. */
  readonly stats: ProgramStats;
  /** @internal */
  readonly executable: Executable;
  /** @internal The numbers of the next run. */
  readonly next: RunNumbers;
}

/** @internal Throws ArgumentError for anything else. */
export function executableOf(op: string, program: Inspected): Executable {
  const executable = (program as Partial<Inspected> | null | undefined)?.executable;
  if (executable instanceof Executable) return executable;
  throw new ArgumentError(
    `debug.${op}: program is ${show(program)}, expected what compile gives, or a Trainer; await it first`,
  );
}
