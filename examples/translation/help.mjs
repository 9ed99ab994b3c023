import { taskHelp } from "../shared/task/help.mjs";

export const defaults = { hidden: 128, embed: 64, words: 1500, length: 12, batch: 64, lr: 0.005, beams: 4 };

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "translation",
  about: `Translates sentences: a GRU reads them in both directions, another writes, and Bahdanau's attention says where it looks.
Read by beam search. The baseline puts for each word its likeliest translation (IBM's model 1).`,
  data: `a folder of two files, NAME.en and NAME.fr, line N of both the same sentence, .gz too; those whose names begin with
                    val, dev or test are tested on`,
  set: "translation",
  predict: "a file with a sentence a line",
  made: "sentences of a made-up grammar",
  epochs: 4,
  options: `  --from LANGUAGE   ending of the files that are read (default: en, or the first in alphabetical order)
  --to LANGUAGE     ending of the files that are written (default: fr, or the other one)
  --length N        words of a sentence at most; longer ones are left out (default: ${defaults.length})
  --words N         words of each language that are known, the most frequent ones (default: ${defaults.words})
  --hidden N        units of the GRU that writes, and half as many in each direction of the one that reads (default: ${defaults.hidden})
  --embed N         size of a word's vector (default: ${defaults.embed})
  --batch N         sentences in a training step (default: ${defaults.batch})
  --lr X            highest learning rate (default: ${defaults.lr})
  --beams N         translations that are followed side by side (default: ${defaults.beams})
`,
};

export const help = taskHelp(facts);
