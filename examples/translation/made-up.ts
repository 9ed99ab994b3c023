/** Sentences of a small grammar in English and French, for machines without data: genders, and adjectives that change place. */
import { seededRandom } from "../shared/random.ts";
import { type Files, filesOf } from "../shared/task/files.ts";

const nouns = [
  ["dog", "chien", 0],
  ["car", "voiture", 1],
  ["house", "maison", 1],
  ["boy", "garçon", 0],
  ["girl", "fille", 1],
  ["cat", "chat", 0],
  ["table", "table", 1],
  ["book", "livre", 0],
] as const;
/** Behind the noun or before it. */
const adjectives = [
  ["red", "rouge", "rouge", "behind"],
  ["green", "vert", "verte", "behind"],
  ["black", "noir", "noire", "behind"],
  ["small", "petit", "petite", "before"],
  ["big", "grand", "grande", "before"],
] as const;
const verbs = [
  ["sees", "voit"],
  ["likes", "aime"],
  ["takes", "prend"],
  ["finds", "trouve"],
] as const;
const articles = [
  ["the", "le", "la"],
  ["a", "un", "une"],
] as const;

/** A folder of two files with `rows` sentences. */
export function madeUpSentences(rows: number, seed: number): Files {
  const random = seededRandom(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const phrase = (): [string, string] => {
    const [[noun, nom, gender], article] = [pick(nouns), pick(articles)];
    const english: string[] = [article[0]];
    const french: string[] = [article[1 + gender] as string];
    const after: string[] = [];
    if (random() < 0.6) {
      const adjective = pick(adjectives);
      english.push(adjective[0]);
      (adjective[3] === "before" ? french : after).push(adjective[1 + gender] as string);
    }
    return [[...english, noun].join(" "), [...french, nom, ...after].join(" ")];
  };
  const lines = Array.from({ length: rows }, () => {
    const [[subject, sujet], verb, [object, objet]] = [phrase(), pick(verbs), phrase()];
    return [`${subject} ${verb[0]} ${object} .`, `${sujet} ${verb[1]} ${objet} .`] as const;
  });
  const text = (at: 0 | 1) => `${lines.map((line) => line[at]).join("\n")}\n`;
  return filesOf("made-up sentences", { "text.en": text(0), "text.fr": text(1) });
}
