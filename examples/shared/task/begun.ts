/** A run that was begun: the options and the model in its folder, read where it is gone on with or asked. */
import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { readFlags } from "../command-line.ts";
import { UserError } from "../errors.ts";
import type { Flags } from "../flags.ts";
import { dataFolder } from "./node-files.ts";
import { decodeModel, modelFile, optionsFile } from "./saved.ts";
import type { Saved } from "./task.ts";

/** What may be another than it was when the run was begun. All else belongs to the model, or to which data it was not trained on. */
const mayDiffer: Readonly<Record<string, readonly string[]>> = {
  load: ["load", "data", "test", "predict", "adapter"],
  resume: ["resume", "epochs", "adapter"],
};

/** The options of the run in the folder that `--load` or `--resume` names, with those that are given anew. */
export function begunFlags(asked: Flags, option: string, known: readonly string[]): Flags {
  const folder = asked.path(option, "");
  const other = asked.names().find((name) => !mayDiffer[option]?.includes(name));
  if (other !== undefined) {
    throw new UserError(`--${other} is as it was when the run in ${folder} was begun; leave it out with --${option}`);
  }
  let begun: Record<string, string>;
  try {
    begun = JSON.parse(readFileSync(join(folder, optionsFile), "utf8"));
  } catch {
    throw new UserError(`--${option}: ${folder} has no run that was begun (no ${optionsFile}); give the --out of one`);
  }
  // whose own files are given takes the place of a usual set
  if (asked.has("data")) delete begun.set;
  const merged = new Map(Object.entries({ ...begun, ...asked.given(), out: folder }));
  merged.delete("resume");
  const args = [...merged].map(([name, value]) => `--${name}=${value}`);
  return readFlags(args, known);
}

/** The model in the folder of a run. Throws a UserError where there is none, or that of another task. */
export function readModel<Settings>(task: string, folder: string): Saved<Settings> {
  const path = join(folder, modelFile);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UserError(
      `--load: ${path} cannot be read (${(error as Error).message}); give the --out of an earlier run`,
    );
  }
  return decodeModel<Settings>(task, bytes, `--load: ${path}`);
}

/** Options that make no sense beside one another, or alone. Throws a UserError. */
export function checkTogether(flags: Flags): void {
  if (flags.has("set") && flags.has("data")) {
    throw new UserError("--set is one of the usual sets and --data your own; leave out one of them");
  }
  if (!flags.has("predict")) return;
  if (!flags.has("load"))
    throw new UserError("--predict: no model says which; give the --out of an earlier run by --load");
}

/** Options as another machine can repeat them: what says where things lie or where it runs is left out, data sets are `$SEQGRAD_DATA/…`. */
export function portable(given: Readonly<Record<string, string>>): Record<string, string> {
  const { out: _, adapter: __, ...rest }: Record<string, string> = given;
  for (const name of ["data", "test"]) {
    const path = rest[name];
    if (path === undefined) continue;
    const inside = relative(dataFolder(), resolve(path));
    if (!inside.startsWith("..")) rest[name] = `$SEQGRAD_DATA/${inside}`;
  }
  return rest;
}
