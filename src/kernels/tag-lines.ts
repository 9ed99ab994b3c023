/** A line of a kernel that has a tag, `// @variant row ROWS=1` or `… // @specialize`. */
export interface TagLine {
  readonly tag: string;
  /** What stands behind the tag. */
  readonly rest: string;
  /** The whole line. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** Looks for the tags rather than at the lines, since kernels have few: the first call waits for all that it uses. */
export function tagLines(text: string): TagLine[] {
  const found: TagLine[] = [];
  let line = 1;
  let counted = 0;
  for (let at = text.indexOf(MARK); at >= 0; at = text.indexOf(MARK, at + 1)) {
    line += newlines(text, counted, at);
    counted = at;
    const end = text.indexOf("\n", at);
    const whole = text.slice(text.lastIndexOf("\n", at) + 1, end < 0 ? undefined : end);
    const [, tag = "", rest = ""] = /\/\/ @(\w+)\s*(.*)$/.exec(whole) ?? [];
    found.push({ tag, rest: rest.trim(), text: whole, line });
  }
  return found;
}

const MARK = "// @";

export const lineCount = (text: string): number => newlines(text, 0, text.length) + 1;

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
