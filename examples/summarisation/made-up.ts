/** Articles of made-up news, for machines without data: sentences with figures make the summary. */
import { seededRandom } from "../shared/random.ts";
import { type Files, filesOf } from "../shared/task/files.ts";

const who = ["The company", "A ministry", "The club", "One bank", "The team", "A studio"];
const did = ["sold", "built", "lost", "found", "planned", "opened"];
const what = ["houses", "ships", "films", "games", "roads", "phones"];
const talk = ["Many were glad about it", "Nobody wanted to comment", "It rained all day", "Old friends met again"];

/** A .jsonl of `rows` articles. */
export function madeUpArticles(rows: number, seed: number): Files {
  const random = seededRandom(seed);
  const pick = (all: readonly string[]): string => all[Math.floor(random() * all.length)] as string;
  const lines = Array.from({ length: rows }, (_, i) => {
    const thing = pick(what);
    const sentences = Array.from({ length: 6 + Math.floor(random() * 6) }, (_, at) =>
      random() < 0.4 || at === 0
        ? `${pick(who)} ${pick(did)} ${10 + Math.floor(90 * random())} ${thing} this year.`
        : `${pick(talk)} in the ${pick(["north", "south", "west", "east"])}.`,
    );
    const summary = sentences.filter((sentence) => /\d/.test(sentence));
    return JSON.stringify({ id: i, title: `News of ${thing}`, text: sentences.join(" "), summary: summary.join("") });
  });
  return filesOf("made-up articles", { "articles.jsonl": `${lines.join("\n")}\n` });
}
