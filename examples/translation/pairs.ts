/** Sentences and their translations, from files of which line N is the same sentence. */
import { UserError } from "../shared/errors.ts";
import { type Files, linesOf, readText } from "../shared/task/files.ts";

/** A sentence in words, in both languages. */
export interface Pair {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

export interface Languages {
  readonly from: string;
  readonly to: string;
}

export interface Corpus {
  readonly languages: Languages;
  readonly training: readonly Pair[];
  /** Of files whose names begin with val, dev or test. */
  readonly test: readonly Pair[];
}

/** Lower-cased words, an apostrophe with what stands before it, and single marks. */
export const wordsOf = (text: string): string[] =>
  text
    .replaceAll("&apos;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .toLowerCase()
    .match(/[\p{L}\p{M}\p{N}]+(?:-[\p{L}\p{M}\p{N}]+)*['’]?|\S/gu) ?? [];

/** What a file is called without its language, and that language: "val" and "en" of val.en.gz or val.en.txt. */
function partsOf(name: string): { readonly stem: string; readonly language: string } {
  const plain = name.replace(/\.gz$/i, "").replace(/\.txt$/i, "");
  const dot = plain.lastIndexOf(".");
  return { stem: dot < 0 ? "" : plain.slice(0, dot), language: plain.slice(dot + 1) };
}

/** The asked languages, or English and French, or the two that there are. Throws a UserError. */
function languagesOf(files: Files, asked: Partial<Languages>): Languages {
  const there = [...new Set(files.names.map((name) => partsOf(name).language))];
  const from = asked.from ?? (there.includes("en") ? "en" : there.find((each) => each !== asked.to));
  const to = asked.to ?? (from !== "fr" && there.includes("fr") ? "fr" : there.find((each) => each !== from));
  if (from !== undefined && to !== undefined && there.includes(from) && there.includes(to)) return { from, to };
  throw new UserError(
    `${files.name}: has files of ${there.join(", ")}; two are needed, as text.en and text.fr: choose by --from and --to`,
  );
}

/** Throws a UserError where files have not as many lines, or languages are not there. */
export async function readCorpus(files: Files, asked: Partial<Languages>): Promise<Corpus> {
  const languages = languagesOf(files, asked);
  const corpus = { languages, training: [] as Pair[], test: [] as Pair[] };
  const find = (stem: string, language: string) =>
    files.names.find((name) => partsOf(name).stem === stem && partsOf(name).language === language);
  const stems = new Set(files.names.map((name) => partsOf(name).stem));
  const sentences = async (name: string) => linesOf(await readText(files, name)).map(wordsOf);
  for (const stem of stems) {
    const [from, to] = [find(stem, languages.from), find(stem, languages.to)];
    if (from === undefined || to === undefined) continue;
    const [source, target] = [await sentences(from), await sentences(to)];
    if (source.length !== target.length) {
      throw new UserError(
        `${files.name}: ${from} has ${source.length} lines and ${to} has ${target.length}; line N of both must be the same sentence`,
      );
    }
    const pairs = source.map((words, i): Pair => ({ source: words, target: target[i] as string[] }));
    const whole = pairs.filter((pair) => pair.source.length > 0 && pair.target.length > 0);
    (/^(val|dev|test)/i.test(stem) ? corpus.test : corpus.training).push(...whole);
  }
  return corpus;
}

/** Sentences of one language, a line each. */
export async function readSentences(files: Files): Promise<string[]> {
  const lines: string[] = [];
  for (const name of files.names) lines.push(...linesOf(await readText(files, name)));
  const sentences = lines.map((line) => line.trim()).filter((line) => line !== "");
  if (sentences.length === 0) throw new UserError(`${files.name}: has no sentences; give a file with one a line`);
  return sentences;
}
