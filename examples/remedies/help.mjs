import { taskHelp } from "../shared/task/help.mjs";

export const defaults = { length: 100, hidden: 32, batch: 16, steps: 100, test: 256 };
export const rates = [0.03, 0.3];

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "remedies",
  about: `Which remedy against vanishing and exploding gradients helps by how much: a plain recurrent net with gradient descent learns the
adding problem with each of them alone, and with all that go together. The baseline is the net without any.`,
  made: "the adding problem",
  epochs: 10,
  options: `  --length N        steps of a sequence (default: ${defaults.length})
  --hidden N        units (default: ${defaults.hidden})
  --batch N         sequences in a training step (default: ${defaults.batch})
  --steps N         training steps of an epoch (default: ${defaults.steps})
  --sequences N     sequences that the nets are tested on (default: ${defaults.test})
  --rates LIST      learning rates, of which each remedy is given the best; a thirtieth of them with Adam (default: ${rates.join(",")})
`,
};

export const help = taskHelp(facts);
