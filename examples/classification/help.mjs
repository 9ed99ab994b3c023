import { taskHelp } from "../shared/task/help.mjs";

export const units = /** @type {const} */ (["auto", "characters", "words"]);

/** What is taken where nothing is given, by the unit that texts are read in. */
export const defaults = {
  characters: { hidden: 96, embed: 32, length: 24, batch: 64, lr: 0.004 },
  words: { hidden: 48, embed: 64, length: 200, batch: 32, lr: 0.003 },
};

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "classification",
  about: `Tells which class a text belongs to: a GRU reads its characters or words in both directions. The baseline is
multinomial naive Bayes on pairs of characters, or on words.`,
  data: "a folder of .txt files, each a class with a text a line; or .jsonl, or .tsv (label, text); .gz too",
  set: "names",
  made: "made-up words of four languages",
  epochs: 12,
  options: `  --text-column S   of .jsonl: where the text is (default: text)
  --label-column S  of .jsonl: where the label is (default: label)
  --unit UNIT       ${units.join(", ")} (default: auto, characters where texts are short)
  --length N        characters or words of a text that are read, at most (default: ${defaults.characters.length}, ${defaults.words.length})
  --hidden N        units of the GRU in each direction (default: ${defaults.characters.hidden}, ${defaults.words.hidden})
  --embed N         size of a character's or a word's vector (default: ${defaults.characters.embed}, ${defaults.words.embed})
  --batch N         texts in a training step (default: ${defaults.characters.batch}, ${defaults.words.batch})
  --lr X            highest learning rate (default: ${defaults.characters.lr}, ${defaults.words.lr})
`,
};

export const help = taskHelp(facts);
