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
  const add = (text: string, label: string) => {
    if (text === "") return;
    const labels = labelsOf.get(text) ?? new Set();
    labelsOf.set(text, labels.add(label));
  };
  for (const name of files.names) {
    const form = /\.(txt|jsonl|tsv)(\.gz)?$/i.exec(name)?.[1]?.toLowerCase();
    if (form === undefined) continue;
    const lines = linesOf(await readText(files, name));
    const where = (i: number) => `${pathOf(files, name)}, line ${i + 1}`;
    for (const [i, line] of lines.entries()) {
      if (form === "txt") add(line.trim(), name.replace(/\.txt(\.gz)?$/i, ""));
      else if (line.trim() !== "")
        add(...(form === "tsv" ? tsvLine(line, where(i)) : jsonLine(line, where(i), columns)));
    }
  }
  if (labelsOf.size === 0) {
    throw new UserError(
      `${files.name}: has no texts; give a folder of .txt files, each a class, or a .jsonl or .tsv file`,
    );
  }
  const labels = [...labelsOf.values()].map((each) => [...each]);
  const classes = new Set(labels.flat());
  if (classes.size < 2) throw new UserError(`${files.name}: has the class ${[...classes][0]} alone; two are the least`);
  return { texts: [...labelsOf.keys()], labels };
}

function tsvLine(line: string, where: string): [text: string, label: string] {
  const tab = line.indexOf("\t");
  if (tab < 0) throw new UserError(`${where}: has no tab; expected label, tab, text`);
  return [line.slice(tab + 1).trim(), line.slice(0, tab).trim()];
}

function jsonLine(line: string, where: string, columns: Columns): [text: string, label: string] {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    throw new UserError(`${where}: is not JSON; expected an object a line`);
  }
  const column = (name: string): string => {
    const value = (row as Record<string, unknown> | null)?.[name];
    if (typeof value === "string" || typeof value === "number") return String(value).trim();
    const there = Object.keys((row as object | null) ?? {}).join(", ");
    throw new UserError(`${where}: has no "${name}"; it has ${there}: choose by --text-column and --label-column`);
  };
  return [column(columns.text), column(columns.label)];
}

/** The texts at some places. */
export const partOf = ({ texts, labels }: LabelledTexts, places: Int32Array): LabelledTexts => ({
  texts: Array.from(places, (at) => texts[at] as string),
  labels: Array.from(places, (at) => labels[at] as readonly string[]),
});
