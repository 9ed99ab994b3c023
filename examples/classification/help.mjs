import { keepHelp, taskHelp } from "../shared/task/help.mjs";

export const units = /** @type {const} */ (["auto", "characters", "words"]);

/** What is taken where nothing is given, by the unit that texts are read in. */
export const defaults = {
  characters: { hidden: 64, embed: 32, length: 24, batch: 64, lr: 0.01 },
  words: { hidden: 32, embed: 48, length: 128, batch: 32, lr: 0.005 },
};

/** The usual sets, below SEQGRAD_DATA. */
export const sets = {
  names: { set: "names", label: "label" },
  news: { set: "news/news.train.jsonl.gz", testSet: "news/news.val.jsonl.gz", label: "topic" },
};

export const setNames = /** @type {const} */ (["names", "news"]);

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "classification",
  about: `Tells which class a text belongs to: a GRU reads its characters or words in both directions, and beside it stands what the
text's runs of neighbouring characters or words speak for. The baseline is multinomial naive Bayes on pairs of characters, or on words.`,
  data: "a folder of .txt files, each a class with a text a line; or .jsonl, or .tsv (label, text); .gz too",
  predict: "a .txt file with a text a line, or a .jsonl file",
  set: "names",
  sets,
  made: "made-up words of four languages",
  epochs: 6,
  options: `  --text-column S   of .jsonl: where the text is (default: text)
  --label-column S  of .jsonl: where the label is (default: label)
  --unit UNIT       ${units.join(", ")} (default: auto, characters where texts are short)
  --length N        characters or words of a text that are read, at most (default: ${defaults.characters.length}, ${defaults.words.length})
  --hidden N        units of the GRU in each direction (default: ${defaults.characters.hidden}, ${defaults.words.hidden})
  --embed N         size of a character's or a word's vector (default: ${defaults.characters.embed}, ${defaults.words.embed})
  --batch N         texts in a training step (default: ${defaults.characters.batch}, ${defaults.words.batch})
  --lr X            highest learning rate (default: ${defaults.characters.lr}, ${defaults.words.lr})
${keepHelp}`,
};

export const help = taskHelp(facts);
