import { type AnsweringSettings, readSettings, settingNames, settingsHelp } from "../shared/answering-options.ts";
import { UserError } from "../shared/errors.ts";
import { Flags } from "../shared/flags.ts";
import { type StringSizes, taskNames } from "./task.ts";

export type StringOptions = StringSizes & AnsweringSettings;

const sizes = { shortest: 4, longest: 12, letters: 26 };
const defaults = {
  dModel: 64,
  heads: 4,
  layers: 1,
  batch: 32,
  steps: 600,
  lr: 4e-3,
  every: 5,
  passes: 1,
  test: 2000,
  out: "runs/strings/TASK",
};
/** Sorting is harder: the next letter depends on all. */
const forSorting = { layers: 2, steps: 1500, every: 25, passes: 4 };

export const help = `Teaches a small Transformer to reverse or to sort strings, "abc>cba.", and draws where its heads look.

  node harness/with-adapter.mjs node harness/ts.mjs examples/strings/main.ts -- [options]

  --task TASK       ${taskNames.join(", ")} (default: ${taskNames[0]})
  --shortest N      letters of the shortest strings (default: ${sizes.shortest})
  --longest N       letters of the longest (default: ${sizes.longest})
  --letters N       different letters (default: ${sizes.letters})${settingsHelp(defaults)}
Sorting has ${forSorting.layers} layers, ${forSorting.steps} steps, a check every ${forSorting.every} and ${forSorting.passes} passes unless told otherwise.
`;

/** Reads the command line. Throws a UserError that says what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): StringOptions {
  const flags = Flags.read(args, ["task", ...Object.keys(sizes), ...settingNames]);
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
