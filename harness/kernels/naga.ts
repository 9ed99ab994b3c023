// naga, as Deno has it: one child process compiles all units.
import { join } from "node:path";
import { runDeno } from "../hosts/deno-process.ts";
import { root } from "../setup/paths.mjs";
import type { CompileUnit, Complaint } from "./unit.ts";

/** Why a unit is not compiled by naga, or undefined if it is. */
export function skippedByNaga({ requires }: CompileUnit): string | undefined {
  return requires.includes("subgroups") ? "naga rejects `enable subgroups;`" : undefined;
}

export async function compileByNaga(units: readonly CompileUnit[]): Promise<Map<string, Complaint[]>> {
  const input = JSON.stringify(units.filter((unit) => skippedByNaga(unit) === undefined));
  const { code, stdout, stderr } = await runDeno(join(root, "harness", "kernels", "naga-child.ts"), { input });
  const answer = stdout.split("\n").findLast((line) => line.startsWith("["));
  if (code !== 0 || answer === undefined)
    throw new Error(`naga could not be asked (exit code ${code}):\n${stdout}${stderr}`);
  return new Map(JSON.parse(answer) as [string, Complaint[]][]);
}
