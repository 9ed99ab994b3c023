/** Joins a kernel with the libraries that it uses, and remembers which line came from where. */
import { KernelError } from "../errors.ts";
import { withOperands } from "./operands.ts";
import { lineCount, tagLines } from "./tag-lines.ts";

/** A file of WGSL, named from the checkout: `kernels/lib/linear.wgsl`. */
export interface KernelText {
  readonly file: string;
  readonly text: string;
}

export interface LineRange {
  readonly file: string;
  /** Line of `file`, from 1, that the range starts with. */
  readonly first: number;
  readonly count: number;
}

export interface Joined {
  readonly source: string;
  /** In the order of the joined source's lines. */
  readonly lines: readonly LineRange[];
}

/** What `{name}` stands for in a template's `// @use` lines. */
export type Bound = Readonly<Record<string, string>>;

/** A line of a file, from 1. */
interface Place {
  readonly file: string;
  readonly line: number;
}

/** What grows while one kernel is joined. */
interface Joining {
  readonly find: FindText;
  readonly seen: string[];
  readonly bound: Record<string, string>;
}

type FindText = (file: string) => string | undefined;

interface Part extends LineRange {
  readonly text: string;
}

const directive = /^[ \t]*(?:enable|requires|diagnostic)\b/m;

/** Where a text has its first directive, in lines from 1; 0 where it has none. */
export function directiveIn(text: string): number {
  const found = directive.exec(text);
  return found ? lineCount(text.slice(0, found.index)) : 0;
}

/**
 * The text of a kernel's file with the libraries named by its `// @use` lines in front, each once, and with the operands of
 * all of them.
 * @param find gives the text of a file, undefined where there is none
 */
export function joinKernel(file: string, find: FindText, bound: Bound = {}): Joined {
  const joining: Joining = { find, seen: [], bound: { ...bound } };
  const own = textOf(joining, file, { file, line: 1 });
  // Directives must stand before every declaration, and so before the libraries.
  const [before, after] = directive.test(own) ? splitBehindDirectives(own) : ["", own];
  const first = before === "" ? 1 : lineCount(before) + 1;
  const parts = [
    ...(before === "" ? [] : [part(file, before)]),
    ...libraries(joining, file, own),
    part(file, after, first),
  ];
  return {
    source: withOperands(`${parts.map(({ text }) => text).join("\n")}\n`),
    lines: parts.map(({ file, first, count }) => ({ file, first, count })),
  };
}

function splitBehindDirectives(text: string): [string, string] {
  const lines = text.split("\n");
  const end = lines.findLastIndex((line) => directive.test(line)) + 1;
  return [lines.slice(0, end).join("\n"), lines.slice(end).join("\n")];
}

/** File and line that a line of the joined source (from 1) came from. */
export function originOf(lines: readonly LineRange[], joinedLine: number): Place {
  let before = 0;
  for (const range of lines) {
    if (joinedLine <= before + range.count) return { file: range.file, line: range.first + joinedLine - before - 1 };
    before += range.count;
  }
  const last = lines[lines.length - 1];
  return { file: last?.file ?? "", line: last === undefined ? 0 : last.first + last.count - 1 };
}

/** Something wrong in a kernel's file; the message starts with `file:line`. */
export const wrongAt = ({ file, line }: Place, what: string): KernelError =>
  new KernelError(`${file}:${line}: ${what}`);

/** The libraries of `file`, those that they need themselves before them. What a library lets stand holds for the lines after it. */
function libraries(joining: Joining, file: string, text: string): Part[] {
  return tagLines(text).flatMap(({ tag, rest, line }) => {
    const asked = { file, line };
    if (tag === "let") readLet(joining, rest, asked);
    if (tag !== "use") return [];
    const library = `kernels/${rest.replace(/\{(\w+)\}/g, (_, key: string) => meaningOf(joining, key, asked))}`;
    if (joining.seen.includes(library)) return [];
    joining.seen.push(library);
    const content = textOf(joining, library, asked);
    return [...libraries(joining, library, content), part(library, content)];
  });
}

function readLet({ bound }: Joining, words: string, place: Place): void {
  for (const word of words.split(/\s+/)) {
    const [, key, value] = /^(\w+)=(\S+)$/.exec(word) ?? [];
    if (key === undefined || value === undefined) throw wrongAt(place, `@let: expected name=value, got ${word}`);
    bound[key] = value;
  }
}

function meaningOf({ bound }: Joining, key: string, place: Place): string {
  const value = bound[key];
  if (value !== undefined) return value;
  const known = Object.keys(bound).join(", ") || "nothing";
  throw wrongAt(place, `{${key}} stands for nothing here; there is ${known}`);
}

const part = (file: string, text: string, first = 1): Part => ({ file, first, count: lineCount(text), text });

/** `asked` is the place that names the file, for when it is not there. */
function textOf({ find }: Joining, file: string, asked: Place): string {
  const text = find(file);
  if (text === undefined) throw wrongAt(asked, `there is no ${file}`);
  return text;
}
