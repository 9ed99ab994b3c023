import { adapters } from "../names.mjs";

export const answeringFiles = /** @type {const} */ (["results.json", "curves.svg", "attention.svg"]);

/** @param {import("./options.ts").AnsweringDefaults} defaults */
export const settingsHelp = ({ dModel, heads, layers, batch, steps, lr, every, passes, test, out }) => `
  --d-model N       width of the Transformer (default: ${dModel})
  --heads N         heads of its attention (default: ${heads})
  --layers N        its layers (default: ${layers})
  --batch N         exercises per training step (default: ${batch})
  --steps N         training steps at most (default: ${steps})
  --lr X            highest learning rate; it warms up, then falls along a cosine (default: ${lr})
  --clip X          the gradient's greatest norm (default: 1)
  --every N         steps from one check, on exercises never trained on, to the next (default: ${every})
  --passes N        ends the training after so many checks in a row of which all are right (default: ${passes})
  --test N          exercises of the last test, never trained on nor checked with (default: ${test})
  --seed N          of weights and exercises (default: 0)
  --out DIR         folder for ${answeringFiles.join(", ")} (default: ${out})
  --adapter KIND    ${adapters.join(", ")} (default: auto, a GPU where there is one)
  --version         the version of seqgrad
  --help            this page

Ctrl-C ends the training; what was learned by then is tested and drawn.
`;
