import { taskHelp } from "../shared/task/help.mjs";

export const defaults = { hidden: 64, layers: 2, batch: 16, lr: 0.005, strings: 2400, beams: 16 };

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "speech-to-text",
  about: `Writes down strings of spoken digits: LSTMs over a spectrum in both directions, trained by CTC, which is not told where a
digit is, and read by beam search. The baseline is told the cuts, and takes each piece's nearest neighbour among the training takes.`,
  data: `a folder of WAV files: digit_speaker_take.wav, which are put together to strings of 3 to 7 digits, or several digits in
                    one file, as 4071_anna_0.wav, which are strings already`,
  set: "speech",
  predict: "WAV files of any name",
  made: "sounds that glide as digits do",
  epochs: 6,
  options: `  --hidden N        units of the LSTM in each direction (default: ${defaults.hidden})
  --layers N        layers of it (default: ${defaults.layers})
  --batch N         strings in a training step (default: ${defaults.batch})
  --lr X            highest learning rate (default: ${defaults.lr})
  --strings N       strings that are put together to be trained on (default: ${defaults.strings})
  --beams N         transcripts that are followed side by side (default: ${defaults.beams})
`,
};

export const help = taskHelp(facts);
