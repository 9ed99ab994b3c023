import { taskHelp } from "../shared/task/help.mjs";

/** What is known of the usual series. Steps are rows. */
export const series = {
  airline: {
    set: "series/airline-passengers.csv",
    target: "Passengers",
    inputs: [],
    ...{ horizon: 12, window: 36, seasons: [12], stride: 1, log: true, hidden: 32, batch: 16, lr: 0.003, epochs: 60 },
  },
  temperatures: {
    set: "series/daily-min-temperatures.csv",
    target: "Temp",
    inputs: [],
    ...{ horizon: 7, window: 28, seasons: [365], stride: 1, log: false, hidden: 32, batch: 32, lr: 0.003, epochs: 10 },
  },
  beijing: {
    set: "series/beijing-pm25.csv",
    target: "pm2.5",
    inputs: ["DEWP", "TEMP", "PRES", "Iws", "Is", "Ir"],
    ...{
      horizon: 24,
      window: 72,
      seasons: [24, 8766],
      stride: 6,
      log: true,
      hidden: 64,
      batch: 64,
      lr: 0.003,
      epochs: 10,
    },
  },
};

export const names = /** @type {const} */ (["airline", "temperatures", "beijing"]);

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "forecasting",
  about: `Foretells a series: an LSTM reads a window and gives the next steps, each with a range that eight of ten values are to fall
into. The baseline is the best of persistence, drift and, where there is a season, the value of a season before.`,
  data: "a CSV file with a header, a row for each step; missing numbers are empty or NA",
  predict: "a .csv file, for the steps behind its end",
  set: "series",
  made: "a made-up series with a season and a trend",
  epochs: 10,
  options: `  --series NAME     one of the usual series: ${names.join(", ")} (default: airline)
  --target COLUMN   what is foretold (default: the last column of numbers)
  --inputs LIST     other columns that the net sees (default: none)
  --horizon N       steps to foretell (default: 12)
  --window N        steps to look back on (default: 36)
  --seasons LIST    rows of a day, a year, whatever comes back; the first for the baseline (default: 12; none: 0)
  --log SWITCH      on, off: forecast the logarithm, for what grows by shares (default: off)
  --stride N        rows from one training window to the next (default: 1)
  --hidden N        units of the LSTM (default: 32)
  --batch N         windows in a training step (default: 16)
  --lr X            highest learning rate (default: 0.003)
`,
};

export const help = taskHelp(facts);
