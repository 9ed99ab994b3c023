import { taskHelp } from "../shared/task/help.mjs";

export const defaults = { hidden: 24, embed: 24, words: 8000, batch: 16, lr: 0.003 };

/** @type {import("../shared/task/help.mjs").TaskFacts} */
export const facts = {
  name: "summarisation",
  about: `Picks the sentences of an article that make its summary: a GRU reads the words of each, a bidirectional LSTM the sentences.
The baselines are TextRank, and the first sentences. All may take as many words as the true summary has.`,
  data: "a .jsonl file of articles (text, summary, title if there is one), whose summaries are made of their sentences; .gz too",
  set: "news/news.train.jsonl.gz",
  testSet: "news/news.val.jsonl.gz",
  predict:
    "a .txt file or a folder of them, each an article, or a .jsonl file; DIR/summaries.html marks what is picked",
  made: "made-up articles, of which what has numbers is the summary",
  epochs: 3,
  options: `  --text-column S   where the article is (default: text)
  --summary-column S  where its summary is (default: summary)
  --hidden N        units of the GRU, and of the LSTM in each direction (default: ${defaults.hidden})
  --embed N         size of a word's vector (default: ${defaults.embed})
  --words N         words that have a vector, the most frequent ones (default: ${defaults.words})
  --batch N         articles in a training step (default: ${defaults.batch})
  --lr X            highest learning rate (default: ${defaults.lr})
`,
};

export const help = taskHelp(facts);
