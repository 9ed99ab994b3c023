import { keepHelp } from "../task/help.mjs";

/** Options of programs that recognise sounds. @param {{ cell: "lstm" | "gru", hidden: number, layers: number, batch: number, lr: number, variants: number, pauses: string }} usual */
export const soundHelp = ({ cell, hidden, layers, batch, lr, variants, pauses }) =>
  `  --hidden N        units of the ${cell.toUpperCase()} in each direction (default: ${hidden})
  --layers N        layers of it (default: ${layers})
  --batch N         sounds in a training step (default: ${batch})
  --lr X            highest learning rate (default: ${lr})
  --variants N      variants of each training sound: faster or slower, louder or softer, with noise and gaps (default: ${variants})
  --pauses KIND     kept, cut: whether what is silent before and behind a sound is seen (default: ${pauses})
${keepHelp}`;
