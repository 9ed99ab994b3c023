import { taskHelp } from "../shared/task/help.mjs";

export const defaults = { folds: 4, batch: 32, filters: 16 };
export const lists = { sizes: [6, 24, 72], rates: [0.003, 0.01] };

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "hidden-size",
  about: `How many units, which learning rate, and what helps against overfitting: cross-validation on few pen strokes, with mean and
deviation over the folds. The baseline is the net of the chosen size without any remedy.`,
  data: 'pen strokes, as "gestures" takes them',
  made: "24 strokes of each of eight shapes",
  epochs: 30,
  options: `  --sizes LIST      units of the GRU in each direction (default: ${lists.sizes.join(",")})
  --rates LIST      highest learning rates (default: ${lists.rates.join(",")})
  --folds N         parts that are left out in turn (default: ${defaults.folds})
  --filters N       outputs of each convolution (default: ${defaults.filters})
  --batch N         strokes in a training step (default: ${defaults.batch})
`,
};

export const help = taskHelp(facts);
