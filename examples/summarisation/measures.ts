/** What can be counted of a sentence within its article, and a net that sees a word at a time cannot: how often its words occur, how rare they are elsewhere. */
import { type Article, wordsOf } from "./articles.ts";

/** In how many training articles a word occurs; those of one alone are left out. Plain data, so that a model is saved with it. */
export interface WordCounts {
  readonly articles: number;
  readonly counts: Readonly<Record<string, number>>;
}

export const measureNames = [
  "place",
  "share of the article before it",
  "sentences",
  "words",
  "log words",
  "rareness",
  "rareness of a word",
  "weight",
  "weight of a word",
  "weight of rare words",
  "rareness of the title's words",
  "share of the title",
  "figures",
  "quotation",
] as const;

export function countWords(articles: readonly Article[]): WordCounts {
  const counts = new Map<string, number>();
  for (const { sentences } of articles) {
    for (const word of new Set(sentences.flatMap(wordsOf))) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return { articles: articles.length, counts: Object.fromEntries([...counts].filter(([, count]) => count > 1)) };
}

/** A row of `measureNames` for each sentence. The weight of a word is tf · idf (Salton and Buckley 1988). */
export function measuresOf({ title, sentences }: Article, { articles, counts }: WordCounts): number[][] {
  const occurrences = (word: string) => (Object.hasOwn(counts, word) ? (counts[word] as number) : 1);
  const rareness = (word: string) => Math.log((articles + 1) / (1 + occurrences(word)));
  const words = sentences.map(wordsOf);
  const all = words.flat();
  const within = new Map<string, number>();
  for (const word of all) within.set(word, (within.get(word) ?? 0) + 1);
  const frequency = (word: string) => within.get(word) as number;
  const titleWords = new Set(wordsOf(title));
  const sum = (some: Iterable<string>, of: (word: string) => number) => {
    let total = 0;
    for (const word of some) total += of(word);
    return total;
  };
  return words.map((own, i) => {
    const length = Math.max(1, own.length);
    const shared = new Set(own.filter((word) => titleWords.has(word)));
    const rare = own.filter((word) => occurrences(word) < articles / 2);
    const weight = sum(own, (word) => frequency(word) * rareness(word));
    const isQuotation = /["“”]/.test(sentences[i] as string);
    return [
      Math.log(1 + i),
      i / sentences.length,
      Math.log(sentences.length),
      own.length,
      Math.log(length),
      sum(own, rareness),
      sum(own, rareness) / length,
      weight,
      weight / length,
      sum(rare, frequency) / all.length,
      sum(shared, rareness),
      shared.size / Math.max(1, titleWords.size),
      ((sentences[i] as string).match(/\p{N}/gu) ?? []).length,
      Number(isQuotation),
    ];
  });
}
