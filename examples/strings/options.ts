import { type AnsweringSettings, readSettings, settingNames } from "../shared/answering/options.ts";
import { readFlags } from "../shared/command-line.ts";
import { UserError } from "../shared/errors.ts";
import { defaults, forSorting, sizes, taskNames } from "./help.mjs";
import type { StringSizes } from "./task.ts";

export type StringOptions = StringSizes & AnsweringSettings;

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): StringOptions {
  const flags = readFlags(args, ["task", ...Object.keys(sizes), ...settingNames]);
  const task = flags.choice("task", "reverse", taskNames);
  const longest = flags.integer("longest", sizes.longest, 1, 100);
  const shortest = flags.integer("shortest", Math.min(sizes.shortest, longest), 1);
  if (shortest > longest) {
    throw new UserError(`--shortest: ${shortest} is more than --longest ${longest}; give at most ${longest}`);
  }
  const letters = flags.integer("letters", sizes.letters, 2, 26);
  const own = { ...defaults, ...(task === "sort" ? forSorting : {}), out: `runs/strings/${task}` };
  return { task, shortest, longest, letters, ...readSettings(flags, own) };
}
