import { taskHelp } from "../shared/task/help.mjs";

/** What is known of the usual series. Steps are rows. */
const halfHours = { window: 48, horizon: 24, stride: 2, period: 48 };
const fiveMinutes = { window: 48, horizon: 24, stride: 1, period: 288 };
export const series = {
  taxi: { file: "nab-nyc_taxi.csv", ...halfHours },
  temperature: {
    file: "nab-ambient_temperature_system_failure.csv",
    ...{ window: 24, horizon: 12, stride: 1, period: 24 },
  },
  jumps: { file: "nab-art_daily_jumpsup.csv", ...fiveMinutes },
  cpu: { file: "nab-rds_cpu_utilization_cc0c53.csv", ...fiveMinutes, window: 24, horizon: 6 },
};

export const names = /** @type {const} */ (["taxi", "temperature", "jumps", "cpu"]);

export const defaults = { ...halfHours, hidden: 32, code: 8, batch: 32, lr: 0.005, epochs: 12 };

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "anomalies",
  about: `Tells where a series is not as it used to be: an LSTM that foretells it and another that draws it from a few numbers, both
scored by how far they are off. The baseline is the rule of three deviations from the mean.`,
  data: "a CSV file of times and numbers; or a folder with it and, in .json, known anomalies: [[first time, last time], …]",
  set: "series",
  predict: "a CSV file of times and numbers, every row of which is scored",
  made: "made-up days, six of which are not as they should be",
  epochs: defaults.epochs,
  options: `  --series NAME     one of the usual series: ${names.join(", ")} (default: taxi)
  --column NAME     the numbers (default: the last column of them)
  --insert N        puts N anomalies of its own into the test part, whose numbers are all usual ones, and looks for these (default: 0)
  --period N        rows of a day, for --insert (default: ${defaults.period})
  --window N        steps that are seen (default: ${defaults.window})
  --horizon N       steps that are foretold (default: ${defaults.horizon})
  --stride N        rows from one training window to the next (default: ${defaults.stride})
  --hidden N        units of each LSTM (default: ${defaults.hidden})
  --code N          numbers that a window is drawn from (default: ${defaults.code})
  --batch N         windows in a training step (default: ${defaults.batch})
  --lr X            highest learning rate (default: ${defaults.lr})
`,
};

export const help = taskHelp(facts);
