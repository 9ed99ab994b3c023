/** Articles in sentences, with those that make their summaries. */
import { UserError } from "../shared/errors.ts";
import { type Files, linesOf, pathOf, readText } from "../shared/task/files.ts";
import { columnOf } from "../shared/text/labelled.ts";

export interface Article {
  /** Empty where there is none. */
  readonly title: string;
  readonly sentences: readonly string[];
  /** As it was given; undefined where nobody knows. */
  readonly summary: string | undefined;
  /** Of each sentence, whether the summary has it. */
  readonly isPicked: readonly boolean[];
}

export interface ArticleColumns {
  readonly text: string;
  readonly summary: string;
}

/** Of an article longer than this only the beginning is looked at. */
export const mostSentences = 64;

/** Ends of lines and of sentences: a mark, quotes and brackets behind it, and then something that may begin one. */
const sentenceEnd = /\n+|(?<=[.!?]["'”’)]*)\s+(?=["'“‘(]?[\p{Lu}\p{N}£$€])/u;

export const sentencesOf = (text: string): string[] =>
  text
    .split(sentenceEnd)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "")
    .slice(0, mostSentences);

export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];

/** Articles with summaries, a line of JSON each. Throws a UserError with the line. */
export async function readArticles(files: Files, columns: ArticleColumns): Promise<Article[]> {
  const articles: Article[] = [];
  for (const name of files.names.filter((each) => /\.jsonl(\.gz)?$/i.test(each))) {
    for (const [i, line] of linesOf(await readText(files, name)).entries()) {
      if (line.trim() === "") continue;
      const where = `${pathOf(files, name)}, line ${i + 1}`;
      const summary = columnOf(line, columns.summary, "--summary-column", where);
      const sentences = sentencesOf(columnOf(line, columns.text, "--text-column", where));
      const isPicked = sentences.map((sentence) => summary.includes(sentence));
      if (sentences.length > 1 && summary !== "") articles.push({ title: titleOf(line), sentences, summary, isPicked });
    }
  }
  if (articles.length === 0) {
    throw new UserError(`${files.name}: has no articles with summaries; give a .jsonl file with a line for each`);
  }
  if (articles.filter(({ isPicked }) => isPicked.includes(true)).length < articles.length / 2) {
    throw new UserError(
      `${files.name}: most summaries have no sentence of their article; summaries must be made of whole sentences`,
    );
  }
  return articles;
}

/** Articles without summaries: text files, or lines of JSON. Throws a UserError. */
export async function readTexts(files: Files, { text }: ArticleColumns): Promise<(Article & { name: string })[]> {
  const articles: (Article & { name: string })[] = [];
  const add = (name: string, title: string, sentences: string[]) => {
    if (sentences.length > 0) articles.push({ name, title, sentences, summary: undefined, isPicked: [] });
  };
  for (const name of files.names) {
    const content = await readText(files, name);
    if (/\.jsonl(\.gz)?$/i.test(name)) {
      for (const [i, line] of linesOf(content).entries()) {
        if (line.trim() === "") continue;
        const body = columnOf(line, text, "--text-column", `${pathOf(files, name)}, line ${i + 1}`);
        add(`${name}:${i + 1}`, titleOf(line), sentencesOf(body));
      }
      continue;
    }
    // a first line without a full stop is a heading
    const [first = "", ...rest] = linesOf(content.trim());
    const isTitle = rest.length > 0 && !/[.!?]["'”’)]*$/.test(first.trim());
    add(name, isTitle ? first.trim() : "", sentencesOf(isTitle ? rest.join("\n") : content));
  }
  if (articles.length === 0) throw new UserError(`${files.name}: has no text; give a .txt or .jsonl file`);
  return articles;
}

function titleOf(line: string): string {
  const { title } = JSON.parse(line) as { title?: unknown };
  return typeof title === "string" ? title : "";
}
