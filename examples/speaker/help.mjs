import { soundHelp } from "../shared/audio/help.mjs";
import { taskHelp } from "../shared/task/help.mjs";

export const defaults = {
  cell: /** @type {const} */ ("gru"),
  ears: /** @type {const} */ (["plain"]),
  hidden: 48,
  layers: 1,
  batch: 32,
  lr: 0.004,
  variants: 4,
  epochs: 10,
  pauses: /** @type {const} */ ("kept"),
};

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "speaker",
  about: `Tells who speaks: a GRU over a spectrum in both directions. The baseline is the nearest neighbour among the mean spectra of
the training sounds.`,
  data: "a folder of WAV files, digit_speaker_take.wav",
  predict: "a .wav file, or a folder of them, whatever they are called",
  set: "speech",
  made: "sounds of four made-up voices",
  epochs: defaults.epochs,
  options: soundHelp(defaults),
};

export const help = taskHelp(facts);
