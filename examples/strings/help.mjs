import { settingsHelp } from "../shared/answering/help.mjs";

/** What the strings can be done to. */
export const taskNames = /** @type {const} */ (["reverse", "sort"]);

export const sizes = { shortest: 4, longest: 12, letters: 26 };

export const defaults = {
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
export const forSorting = { layers: 2, steps: 1500, every: 25, passes: 4 };

export const help = `Teaches a small Transformer to reverse or to sort strings, "abc>cba.", and draws where its heads look.

  npm run example -- strings [options]

  --task TASK       ${taskNames.join(", ")} (default: ${taskNames[0]})
  --shortest N      letters of the shortest strings (default: ${sizes.shortest})
  --longest N       letters of the longest (default: ${sizes.longest})
  --letters N       different letters (default: ${sizes.letters})${settingsHelp(defaults)}
Sorting has ${forSorting.layers} layers, ${forSorting.steps} steps, a check every ${forSorting.every} and ${forSorting.passes} passes unless told otherwise.
`;
