// Joins a kernel with the libraries that it uses, and remembers which line came from where.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { KernelSourceError } from "./error.ts";

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

interface Part extends LineRange {
  readonly text: readonly string[];
}

const longest = 250;
const useLine = /^\s*\/\/\s*@use\s+(\S+)\s*$/;
const letLine = /^\s*\/\/\s*@let\s+(.+)$/;
const directiveLine = /^\s*(?:enable|requires|diagnostic)\b/;

/**
 * Reads a kernel, as `kernels/layout/x.wgsl`, below the folder `base` with the libraries named by its `// @use` lines in front,
 * each once.
 */
export function joinKernel(file: string, base: string, bound: Bound = {}): Joined {
  const own = readLines(base, file, { file, line: 1 });
  // Directives must stand before every declaration, and so before the libraries.
  const directivesEnd = own.findLastIndex((line) => directiveLine.test(line)) + 1;
  const joining: Joining = { base, seen: [], bound: { ...bound } };
  const parts = [part(file, own, 0, directivesEnd), ...libraries(joining, file, own), part(file, own, directivesEnd)];
  const kept = parts.filter(({ count }) => count > 0);
  return {
    source: `${kept.flatMap(({ text }) => text).join("\n")}\n`,
    lines: kept.map(({ file, first, count }) => ({ file, first, count })),
  };
}

/** File and line that a line of the joined source (from 1) came from. */
export function originOf(lines: readonly LineRange[], joinedLine: number): { file: string; line: number } {
  let before = 0;
  for (const range of lines) {
    if (joinedLine <= before + range.count) return { file: range.file, line: range.first + joinedLine - before - 1 };
    before += range.count;
  }
  const last = lines[lines.length - 1];
  return { file: last?.file ?? "", line: last === undefined ? 0 : last.first + last.count - 1 };
}

/** What grows while one kernel is joined. */
interface Joining {
  readonly base: string;
  readonly seen: string[];
  readonly bound: Record<string, string>;
}

/** The libraries of `file`, those that they need themselves before them. What a library lets stand holds for the lines after it. */
function libraries(joining: Joining, file: string, text: readonly string[]): Part[] {
  return text.flatMap((line, index) => {
    const asked = { file, line: index + 1 };
    readLet(joining, line, asked);
    const name = useLine.exec(line)?.[1];
    if (name === undefined) return [];
    const library = `kernels/${name.replace(/\{(\w+)\}/g, (_, key: string) => meaningOf(joining, key, asked))}`;
    if (joining.seen.includes(library)) return [];
    joining.seen.push(library);
    const content = readLines(joining.base, library, asked);
    const directive = content.findIndex((each) => directiveLine.test(each));
    if (directive >= 0) {
      throw new KernelSourceError(library, directive + 1, "a library cannot hold directives: put it into the kernel");
    }
    return [...libraries(joining, library, content), part(library, content, 0)];
  });
}

interface Place {
  readonly file: string;
  readonly line: number;
}

function readLet({ bound }: Joining, text: string, { file, line }: Place): void {
  const words = letLine.exec(text)?.[1];
  if (words === undefined) return;
  for (const word of words.trim().split(/\s+/)) {
    const [, key, value] = /^(\w+)=(\S+)$/.exec(word) ?? [];
    if (key === undefined || value === undefined) {
      throw new KernelSourceError(file, line, `@let: expected name=value, got ${word}`);
    }
    bound[key] = value;
  }
}

function meaningOf({ bound }: Joining, key: string, { file, line }: Place): string {
  const value = bound[key];
  if (value !== undefined) return value;
  const known = Object.keys(bound).join(", ") || "nothing";
  throw new KernelSourceError(file, line, `{${key}} stands for nothing here; there is ${known}`);
}

function part(file: string, text: readonly string[], from: number, to = text.length): Part {
  return { file, first: from + 1, count: to - from, text: text.slice(from, to) };
}

/** `asked` is the place that names the file, for when it is not there. */
function readLines(base: string, file: string, asked: Place): string[] {
  const path = join(base, file);
  if (!existsSync(path)) throw new KernelSourceError(asked.file, asked.line, `there is no ${file}`);
  const lines = readFileSync(path, "utf8").replace(/\r\n/g, "\n").trimEnd().split("\n");
  if (lines.length > longest) {
    throw new KernelSourceError(file, longest + 1, `${lines.length} lines, at most ${longest}: split the file`);
  }
  return lines;
}
