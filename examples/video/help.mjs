import { taskHelp } from "../shared/task/help.mjs";

export const defaults = { hidden: 64, features: 64, batch: 64, lr: 0.01 };

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "video",
  about: `Tells what happens in a short clip: an LSTM over features of its frames. The baseline is a net that sees the last frame
alone. gates.svg shows what the LSTM keeps and lets in while it looks.`,
  data: "a folder of .npy files, label_number.npy, [frames, height, width], from 0 to 1 or bytes",
  made: "clips of shapes that bounce, turn and cross",
  epochs: 25,
  options: `  --hidden N        units of the LSTM (default: ${defaults.hidden})
  --features N      features of a frame (default: ${defaults.features})
  --batch N         clips in a training step (default: ${defaults.batch})
  --lr X            highest learning rate (default: ${defaults.lr})
`,
};

export const help = taskHelp(facts);
