import { adapters, cells } from "../shared/names.mjs";

/** What the tasks ask for, and what is taken where nothing is given. */
export const taskFacts = {
  adding: {
    about: "add the two marked numbers of a sequence",
    defaults: { length: 100, hidden: 32, batch: 16, steps: 1500, lr: [0.01, 0.003, 0.001] },
  },
  copy: {
    about: "repeat 10 symbols after a long silence",
    defaults: { length: 50, hidden: 64, batch: 16, steps: 3000, lr: [0.01, 0.003, 0.001] },
  },
  parity: {
    about: "say after each bit whether the ones so far are odd in number",
    defaults: { length: 20, hidden: 24, batch: 16, steps: 1500, lr: [0.01, 0.003, 0.001] },
  },
  recall: {
    about: "name the key that came before the distractors",
    defaults: { length: 100, hidden: 32, batch: 16, steps: 1000, lr: [0.01, 0.003, 0.001] },
  },
};
export const taskNames = /** @type {const} */ (["adding", "copy", "parity", "recall"]);

export const usual = /** @type {const} */ (["lstm", "gru", "rnn"]);

const taskLines = taskNames
  .map((name) => {
    const { about, defaults } = taskFacts[name];
    const { length, hidden, batch, steps } = defaults;
    return `  ${name.padEnd(8)}${about}\n          (length ${length}, hidden ${hidden}, batch ${batch}, ${steps} steps)\n`;
  })
  .join("");

export const help = `Trains recurrent cells on the classic tests of memory and says which of them learn.

  npm run example -- classic-tests [options]

Tasks and what is taken where nothing is given
${taskLines}
Options
  --task TASK       ${taskNames.join(", ")} (default: ${taskNames[0]})
  --cells LIST      of ${cells.join(", ")} (default: ${usual.join(",")})
  --length N        how long the task's sequences are
  --symbols N       symbols to copy (default: 10)
  --hidden N        units of the recurrent layer
  --batch N         sequences per training step
  --steps N         training steps at most; a run ends when the task is learned
  --lr LIST         highest learning rates, tried in turn until the task is learned (default: ${taskFacts.adding.defaults.lr.join(",")})
  --clip X          the gradient's greatest norm (default: 1)
  --curriculum K    on: copy and parity begin with shorter sequences; off: not (default: on)
  --test N          sequences of the evaluation set, never trained on (default: 256)
  --every N         training steps between evaluations (default: 50)
  --seed N          of the weights and of the training sequences (default: 0)
  --out DIR         folder for results.json and curves.svg (default: runs/classic-tests/TASK)
  --adapter KIND    ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version         the version of seqgrad
  --help            this page
`;
