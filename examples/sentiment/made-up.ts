/** Sentences of praise and blame, for machines without data. */
import { seededRandom } from "../shared/random.ts";
import { type Files, filesOf } from "../shared/task/files.ts";

const things = ["the film", "this story", "the acting", "her performance", "the ending", "every scene", "the music"];
const good = ["moving", "clever", "warm", "funny", "rich", "honest"];
const bad = ["dull", "clumsy", "cold", "tired", "hollow", "false"];
const very = ["", "very ", "rather ", "oddly "];

/** A .tsv of `rows` sentences; some say what it is not. */
export function madeUpReviews(rows: number, seed: number): Files {
  const random = seededRandom(seed);
  const pick = (all: readonly string[]): string => all[Math.floor(random() * all.length)] as string;
  const lines = Array.from({ length: rows }, () => {
    const isPraise = random() < 0.5;
    const isDenied = random() < 0.4;
    const words = isPraise === isDenied ? bad : good;
    return `${isPraise ? 1 : 0}\t${pick(things)} is ${isDenied ? "not " : ""}${pick(very)}${pick(words)} , and ${pick(things)} too .`;
  });
  return filesOf("made-up reviews", { "reviews.tsv": `${lines.join("\n")}\n` });
}
