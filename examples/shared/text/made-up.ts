/** Words of four languages that do not exist, for machines without data. */
import { seededRandom } from "../random.ts";
import { type Files, filesOf } from "../task/files.ts";

const languages = {
  Alvic: { syllables: ["al", "vi", "no", "ra", "li", "en"], ends: ["a", "io", "ello"] },
  Brumian: { syllables: ["bru", "kra", "gor", "tze", "mu", "osk"], ends: ["ov", "sky", "k"] },
  Chetic: { syllables: ["che", "xi", "ao", "lin", "wu", "ye"], ends: ["ng", "", "i"] },
  Delan: { syllables: ["de", "van", "der", "hoe", "ij", "al"], ends: ["sen", "er", "a"] },
};

/** A folder of `each` words a language. */
export function madeUpNames(each: number, seed: number): Files {
  const random = seededRandom(seed);
  const pick = (all: readonly string[]): string => all[Math.floor(random() * all.length)] as string;
  const name = ({ syllables, ends }: (typeof languages)["Alvic"]): string => {
    const word = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(syllables)).join("") + pick(ends);
    return word.charAt(0).toUpperCase() + word.slice(1);
  };
  const lines = (language: (typeof languages)["Alvic"]) =>
    Array.from({ length: each }, () => name(language)).join("\n");
  return filesOf(
    "made-up names",
    Object.fromEntries(Object.entries(languages).map(([key, language]) => [`${key}.txt`, `${lines(language)}\n`])),
  );
}
