import { taskHelp } from "../shared/task/help.mjs";

export const defaults = { hidden: 32, filters: 32, batch: 32, lr: 0.008, variants: 6 };

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "gestures",
  about: `Tells which figure a pen has drawn: convolutions over the stroke, and a GRU in both directions behind it. The baseline is
the nearest neighbour by dynamic time warping.`,
  data: 'a .json file, a list of {"label": …, "points": [[x, y], …]}, or .jsonl with one a line; a folder of such files',
  predict: 'the same without "label"',
  made: "strokes of eight shapes",
  epochs: 10,
  options: `  --hidden N        units of the GRU in each direction (default: ${defaults.hidden})
  --filters N       outputs of each convolution (default: ${defaults.filters})
  --variants N      variants of each stroke that are trained on (default: ${defaults.variants})
  --batch N         strokes in a training step (default: ${defaults.batch})
  --lr X            highest learning rate (default: ${defaults.lr})
`,
};

export const help = taskHelp(facts);
