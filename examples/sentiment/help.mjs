import { keepHelp, taskHelp } from "../shared/task/help.mjs";

export const defaults = { hidden: 24, embed: 16, batch: 64, lr: 0.004, words: 12_000 };

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "sentiment",
  about: `Tells praise from blame: a bidirectional GRU, told of each word how much more often it is found in praise, whose attention says
which words it went by; and the sentence's runs of words and of characters, each trusted as far as it is learned to be. The baseline is
naive Bayes on words.`,
  data: "a .tsv file (label, text), a .jsonl file, or a folder of .txt files, each a class; .gz too",
  predict: "a .txt file with a text a line, or a .jsonl file",
  set: "sentiment/reviews.train.tsv",
  testSet: "sentiment/reviews.val.tsv",
  made: "made-up sentences of praise and blame",
  epochs: 3,
  options: `  --text-column S   of .jsonl: where the text is (default: text)
  --label-column S  of .jsonl: where the label is (default: label)
  --hidden N        units of the GRU in each direction (default: ${defaults.hidden})
  --embed N         size of a word's vector (default: ${defaults.embed})
  --words N         words that have a vector, the most frequent ones (default: ${defaults.words})
  --batch N         texts in a training step (default: ${defaults.batch})
  --lr X            highest learning rate (default: ${defaults.lr})
${keepHelp}`,
};

export const help = taskHelp(facts);
