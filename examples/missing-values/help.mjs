import { taskHelp } from "../shared/task/help.mjs";

export const defaults = { share: 0.2, longest: 24, window: 48, hidden: 48, variants: 3, batch: 64, lr: 0.005 };

/** What is known of the usual series. */
export const usual = { columns: ["pm2.5", "DEWP", "TEMP", "PRES"], seasons: [24, 8766] };

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "missing-values",
  about: `Fills gaps of a table that is measured in time: a GRU in each direction predicts every row from those before it, and goes on with
its own prediction where a number is missing. Of the numbers that are known some more are hidden, to be judged by. The baseline is
the better of the last known number and a straight line.`,
  data: "a CSV file with a header, a row for each step; missing numbers are empty or NA",
  set: "series/beijing-pm25.csv",
  predict: "a CSV file with the same columns, whose gaps are filled; DIR/filled.csv is the whole of it",
  made: "a made-up table of three columns that go together",
  epochs: 8,
  options: `  --columns LIST    what is filled (default: all columns of numbers)
  --seasons LIST    rows of a day, a year, whatever comes back (default: 24; none: 0)
  --share X         share of the known numbers that is hidden besides (default: ${defaults.share})
  --longest N       rows of the longest gap (default: ${defaults.longest})
  --window N        rows that are seen at once (default: ${defaults.window})
  --hidden N        units of each GRU (default: ${defaults.hidden})
  --variants N      gaps of each window that are trained on (default: ${defaults.variants})
  --batch N         windows in a training step (default: ${defaults.batch})
  --lr X            highest learning rate (default: ${defaults.lr})
`,
};

export const help = taskHelp(facts);
