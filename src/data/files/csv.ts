import { ArgumentError, DataError } from "../../errors.ts";
import {
  checkArgument,
  checkOptions,
  flag,
  type Kind,
  listNames,
  listOf,
  oneOf,
  required,
  show,
  text,
} from "../../options.ts";
import { loadPeer } from "../peers.ts";
import { type ColumnType, CsvTable } from "./csv-table.ts";

/** What is used of papaparse. */
export interface PapaParse {
  /** `Papa.parse`. */
  parse(text: string, config: object): unknown;
}

/** Options of reading CSV. */
export interface CsvOptions {
  /** What stands between fields. Default: papaparse guesses among comma, tab, bar and semicolon. */
  readonly delimiter?: string | undefined;
  /** Whether the first line has the columns' names; they are "0", "1", … otherwise. Default true. */
  readonly header?: boolean | undefined;
  /** Types of columns by name. Default: "number" where every known field is one, "text" otherwise. */
  readonly types?: Readonly<Record<string, ColumnType>> | undefined;
  /** Fields that count as missing. Default: "", NA, N/A, NaN, nan, null, NULL, None, ?. */
  readonly missing?: readonly string[] | undefined;
  /** The decimal sign of numbers. Default ".". */
  readonly decimal?: "." | "," | undefined;
  /** For messages. Default "readCsv". */
  readonly name?: string | undefined;
  /** papaparse. Default: it is imported. */
  readonly papaparse?: PapaParse | undefined;
}

const MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"];

const types: Kind = {
  expected: 'types by column, as { price: "number" }',
  fits: (value) =>
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(oneOf("number", "text").fits),
};
const papaparse: Kind = {
  expected: "the package papaparse",
  fits: (value) =>
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as PapaParse).parse === "function",
};
const source: Kind = required({
  expected: "a string or the bytes of a file",
  fits: (value) => typeof value === "string" || value instanceof Uint8Array || value instanceof ArrayBuffer,
});

interface Row {
  readonly data: string[];
  readonly errors: readonly { readonly type: string; readonly code: string; readonly message: string }[];
  readonly meta: { readonly cursor: number };
}

/**
 * Reads a file of comma-separated values (RFC 4180; UTF-8) by papaparse. Empty lines are left out. Rejects with DataError,
 * which names the line, for a line of too few or too many fields, a quote that does not end, and a field that is not of the
 * type given for its column; with UnsupportedError where papaparse is not installed.
 */
export async function readCsv(file: string | Uint8Array | ArrayBuffer, options: CsvOptions = {}): Promise<CsvTable> {
  checkArgument("readCsv", "file", file, source);
  checkOptions("readCsv", options, {
    delimiter: text,
    header: flag,
    types,
    missing: listOf(text, "strings"),
    decimal: oneOf(".", ","),
    name: text,
    papaparse,
  });
  const { header = true, missing = MISSING, decimal = ".", name } = options;
  const where = name === undefined ? "readCsv" : `readCsv: ${name}`;
  if (options.delimiter !== undefined && (options.delimiter === "" || /["\r\n\ufeff]/.test(options.delimiter))) {
    throw new ArgumentError(
      `readCsv: delimiter is ${show(options.delimiter)}, expected a sign other than quotes and line ends`,
    );
  }
  const content = decode(where, file);
  const { names, rows, lines } = parse(where, content, options.papaparse ?? (await load()), {
    header,
    delimiter: options.delimiter,
  });
  const wrong = Object.keys(options.types ?? {}).find((each) => !names.includes(each));
  if (wrong !== undefined)
    throw new DataError(`${where}: types names the column ${show(wrong)}, expected one of ${listNames(names)}`);
  return new CsvTable({ where, names, rows, lines, missing: new Set(missing), decimal, types: options.types ?? {} });
}

async function load(): Promise<PapaParse> {
  // biome-ignore lint/suspicious/noTsIgnore: it has no types of its own, which is an error for some compilers and none for others
  // @ts-ignore
  const module: unknown = await loadPeer("readCsv", "papaparse", "papaparse", () => import("papaparse"));
  return (module as { default?: PapaParse }).default ?? (module as PapaParse);
}

function decode(where: string, file: string | Uint8Array | ArrayBuffer): string {
  if (typeof file === "string") return file.replace(/^\ufeff/, "");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(file);
  } catch {
    throw new DataError(
      `${where}: the bytes are no UTF-8, expected a text; decode them (new TextDecoder("latin1")) and pass the string`,
    );
  }
}

/** Rows with the line on which each begins. */
function parse(
  where: string,
  content: string,
  papa: PapaParse,
  { header, delimiter }: { readonly header: boolean; readonly delimiter: string | undefined },
): { names: string[]; rows: string[][]; lines: number[] } {
  const [rows, lines]: [string[][], number[]] = [[], []];
  let names: string[] | undefined;
  let cursor = 0;
  let line = 1;
  papa.parse(content, {
    // or they confuse the guess
    skipEmptyLines: true,
    ...(delimiter === undefined ? { delimitersToGuess: [",", "\t", "|", ";"] } : { delimiter }),
    step({ data, errors, meta }: Row) {
      const begins = line + countLines(content, cursor, beginOf(content, cursor));
      line += countLines(content, cursor, meta.cursor);
      cursor = meta.cursor;
      const broken = errors.find(({ type }) => type === "Quotes");
      if (broken)
        throw new DataError(
          `${where}: line ${begins}: ${broken.message}, expected quotes in pairs, doubled inside of a field`,
        );
      if (data.length === 1 && data[0]?.trim() === "") return;
      if (!names) {
        names = header ? headerOf(where, data, begins) : data.map((_, i) => String(i));
        if (header) return;
      }
      if (data.length !== names.length) {
        throw new DataError(
          `${where}: line ${begins} has ${data.length} fields, expected ${names.length} (${listNames(names)}); quote fields that have delimiters`,
        );
      }
      rows.push(data);
      lines.push(begins);
    },
  });
  if (!names || rows.length === 0)
    throw new DataError(`${where}: there are no rows${names ? " behind the header" : ""}, expected some`);
  return { names, rows, lines };
}

function headerOf(where: string, names: readonly string[], line: number): string[] {
  const trimmed = names.map((name) => name.trim());
  const twice = trimmed.find((name, i) => trimmed.indexOf(name) < i);
  if (twice !== undefined) {
    throw new DataError(
      `${where}: line ${line}: two columns are called ${show(twice)}, expected a name of its own for each; pass header: false if the first line has none`,
    );
  }
  return trimmed;
}

/** Behind empty lines. */
function beginOf(content: string, from: number): number {
  let at = from;
  while (content[at] === "\n" || content[at] === "\r") at++;
  return at;
}

function countLines(content: string, from: number, to: number): number {
  let lines = 0;
  for (let i = from; i < to; i++) {
    const code = content.charCodeAt(i);
    // "\r\n" ends a line once
    if (code === 10 || (code === 13 && content.charCodeAt(i + 1) !== 10)) lines++;
  }
  return lines;
}
