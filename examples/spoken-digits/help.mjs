import { soundHelp } from "../shared/audio/help.mjs";
import { taskHelp } from "../shared/task/help.mjs";

export const defaults = {
  cell: /** @type {const} */ ("lstm"),
  ears: /** @type {const} */ (["plain", "centered"]),
  hidden: 64,
  layers: 2,
  batch: 32,
  lr: 0.004,
  variants: 16,
  epochs: 5,
  pauses: /** @type {const} */ ("kept"),
};

/** What differs where the speaker who is tested on was never heard. */
export const ofOthers = {
  ears: /** @type {const} */ (["centered", "centered"]),
  pauses: /** @type {const} */ ("cut"),
};

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "spoken-digits",
  about: `Tells which digit is spoken: LSTMs over a spectrum in both directions. Of a speaker who was never heard they see it beside its
own mean and without the pauses around it, which tell who speaks and not what. The baseline is the nearest neighbour among the training spectra, each brought to 20 frames.`,
  data: "a folder of WAV files, digit_speaker_take.wav",
  predict: "a .wav file, or a folder of them, whatever they are called",
  set: "speech",
  made: "sounds that glide as digits do",
  epochs: defaults.epochs,
  options: `  --ears LIST       nets that are trained and judge together: plain sees a spectrum as it is, centered beside its own mean
                    (default: plain; centered with --unheard)
  --unheard NAME    a speaker that is tested on and never trained on (default: every third take of each is tested on)
${soundHelp({ ...defaults, pauses: "kept; cut with --unheard" })}`,
};

export const help = taskHelp(facts);
