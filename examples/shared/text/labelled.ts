/** Texts with labels, from the forms that people have them in. */
import { UserError } from "../errors.ts";
import { type Files, linesOf, pathOf, readText } from "../task/files.ts";

export interface LabelledTexts {
  readonly texts: readonly string[];
  /** Of each text; one that stands under several labels is one text with all of them. */
  readonly labels: readonly (readonly string[])[];
}

/** Columns of JSONL files. */
export interface Columns {
  readonly text: string;
  readonly label: string;
}

/**
 * A folder of text files, each a class with an item a line; or one file: JSONL with a column of texts and one of labels, or TSV of
 * label and text. All may be compressed (.gz). A text that occurs several times counts once. Throws a UserError with the line.
 */
export async function readLabelledTexts(files: Files, columns: Columns): Promise<LabelledTexts> {
  const labelsOf = new Map<string, Set<string>>();
  for await (const { name, form, line, where } of linesIn(files)) {
    const [text, label] =
      form === "txt"
        ? [line.trim(), name.replace(/\.txt(\.gz)?$/i, "")]
        : form === "tsv"
          ? tsvLine(line, where)
          : [
              columnOf(line, columns.text, "--text-column", where),
              columnOf(line, columns.label, "--label-column", where),
            ];
    if (text === "") continue;
    const labels = labelsOf.get(text) ?? new Set();
    labelsOf.set(text, labels.add(label));
  }
  if (labelsOf.size === 0) throw new UserError(`${files.name}: has no texts; ${expected}`);
  const labels = [...labelsOf.values()].map((each) => [...each]);
  const classes = new Set(labels.flat());
  if (classes.size < 2) throw new UserError(`${files.name}: has the class ${[...classes][0]} alone; two are the least`);
  return { texts: [...labelsOf.keys()], labels };
}

/** Texts whose labels nobody knows: a .txt file with one a line, JSONL with a column of them, or TSV as above. Throws a UserError with the line. */
export async function readTexts(files: Files, column: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const { form, line, where } of linesIn(files)) {
    const text =
      form === "txt" ? line : form === "tsv" ? tsvLine(line, where)[0] : columnOf(line, column, "--text-column", where);
    if (text.trim() !== "") texts.push(text.trim());
  }
  if (texts.length === 0)
    throw new UserError(`${files.name}: has no texts; give a .txt file with one a line, or a .jsonl file`);
  return texts;
}

const expected = "give a folder of .txt files, each a class, or a .jsonl or .tsv file";

type Form = "txt" | "jsonl" | "tsv";

/** Lines of all files of texts that are not empty. */
async function* linesIn(files: Files): AsyncGenerator<{ name: string; form: Form; line: string; where: string }> {
  for (const name of files.names) {
    const form = /\.(txt|jsonl|tsv)(\.gz)?$/i.exec(name)?.[1]?.toLowerCase() as Form | undefined;
    if (form === undefined) continue;
    for (const [i, line] of linesOf(await readText(files, name)).entries()) {
      if (line.trim() !== "") yield { name, form, line, where: `${pathOf(files, name)}, line ${i + 1}` };
    }
  }
}

function tsvLine(line: string, where: string): [text: string, label: string] {
  const tab = line.indexOf("\t");
  if (tab < 0) throw new UserError(`${where}: has no tab; expected label, tab, text`);
  return [line.slice(tab + 1).trim(), line.slice(0, tab).trim()];
}

/** A column of a line of JSONL. Throws a UserError with the option that chooses another. */
export function columnOf(line: string, name: string, option: string, where: string): string {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw new UserError(`${where}: is not JSON; expected an object a line`);
  }
  const value = (row as Record<string, unknown> | null)?.[name];
  if (typeof value === "string" || typeof value === "number") return String(value).trim();
  const there = Object.keys((row as object | null) ?? {}).join(", ");
  throw new UserError(`${where}: has no "${name}"; it has ${there}: choose by ${option}`);
}

/** The texts at some places. */
export const partOf = ({ texts, labels }: LabelledTexts, places: Int32Array): LabelledTexts => ({
  texts: Array.from(places, (at) => texts[at] as string),
  labels: Array.from(places, (at) => labels[at] as readonly string[]),
});

/** What is left without some texts: none that is tested on may be trained on. */
export function withoutTexts({ texts, labels }: LabelledTexts, others: readonly string[]): LabelledTexts {
  const taken = new Set(others);
  const left = texts.flatMap((text, i) => (taken.has(text) ? [] : [i]));
  return partOf({ texts, labels }, Int32Array.from(left));
}

/** Both, one behind the other. */
export const joined = (a: LabelledTexts, b: LabelledTexts): LabelledTexts => ({
  texts: [...a.texts, ...b.texts],
  labels: [...a.labels, ...b.labels],
});
