// What is loaded where extents have names.
import type { MakePrograms } from "../programs.ts";
import { SizedInputs } from "./inputs.ts";
import { SizedPrograms } from "./programs.ts";
import type { SizedSpecs } from "./types.ts";

/** Checks the specs; undefined where no input names an extent: then one program does. */
export function programsOf(where: string, specs: SizedSpecs, isPartial?: boolean): MakePrograms | undefined {
  const inputs = new SizedInputs(where, specs, isPartial);
  if (inputs.names.length === 0) return undefined;
  return async (session, request) => session.own(new SizedPrograms(session, inputs, request));
}

/** Throws for sizes that are given by hand where no extent has a name. */
export function checkNoSizes(op: string, given: object): void {
  new SizedInputs(op, { inputs: {} }).check(op, given);
}
