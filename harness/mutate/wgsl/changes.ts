/** Small wrong changes of a kernel's WGSL. */
import { originOf } from "../../../src/kernels/join.ts";
import type { KernelManifest } from "../../../src/kernels/manifest.ts";
import type { Edit } from "./child.ts";
import { reachableBodies } from "./reach.ts";

export interface Change {
  readonly kernel: string;
  /** The kernel's or library's file and line. */
  readonly where: string;
  readonly before: string;
  readonly after: string;
  /** The whole kernel with the change. */
  readonly source: string;
}

/** What is changed into what. Each match is one place. */
const rules: readonly (readonly [what: RegExp, into: (match: string, ...groups: string[]) => string])[] = [
  // bounds
  [/ < /g, () => " <= "],
  [/ <= /g, () => " < "],
  [/ >= /g, () => " > "],
  [/ == /g, () => " != "],
  [/ != /g, () => " == "],
  // operators
  [/ \+ /g, () => " - "],
  [/ - /g, () => " + "],
  [/ \* /g, () => " + "],
  [/ \/ /g, () => " * "],
  [/ % /g, () => " / "],
  [/ \+= /g, () => " = "],
  [/ && /g, () => " || "],
  [/ \|\| /g, () => " && "],
  [/ \^ /g, () => " | "],
  [/\bmax\(/g, () => "min("],
  // offsets
  [/\b(\d+)u\b/g, (_, digits = "0") => `${Number(digits) + 1}u`],
  // the words that change from step to step, and the guard's, always begin their buffer
  [/params\.(?!hyper_offset|guard_offset)\w+_offset\b/g, () => "0u"],
  // guards: the whole statement goes
  [/^(\s*)if \([^{}]*\) \{\s*(?:return[^;]*|continue|break);\s*\}/gm, (match) => match.replace(/[^\n]/g, " ")],
  [/^(\s*)workgroupBarrier\(\);/gm, (match) => match.replace(/[^\n]/g, " ")],
];

/**
 * All changes of a kernel, in the order of its text. Only bodies of functions that it calls are changed: what is declared
 * elsewhere is the host's too.
 */
export function changesOf(kernel: KernelManifest): Change[] {
  const found: (Change & { readonly at: number })[] = [];
  const source = withoutComments(kernel.source);
  for (const { start, end, specialized } of reachableBodies({ ...kernel, source })) {
    // a line that is rewritten for variants has a form of its own
    if (specialized) continue;
    const body = source.slice(start, end);
    for (const [what, into] of rules) {
      for (const match of body.matchAll(what)) {
        const at = start + match.index;
        const after = into(match[0], ...match.slice(1));
        const changed = source.slice(0, at) + after + source.slice(at + match[0].length);
        // how many lines there are is what errors are told by
        const line = source.slice(0, at + match[0].search(/\S/)).split("\n").length;
        const text = (source: string) => source.split("\n")[line - 1]?.trim() ?? "";
        found.push({
          at,
          kernel: kernel.name,
          where: whereIs(kernel.lines, line),
          before: match[0].includes("\n") ? match[0].trim().replace(/\s+/g, " ") : text(source),
          after: text(changed) || "nothing",
          source: changed,
        });
      }
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ at: _, ...change }) => change);
}

/** The lines that a change touches, in the files that they come from. */
export function editsOf({ source, lines }: KernelManifest, change: Change): Edit[] {
  const before = withoutComments(source).split("\n");
  return change.source
    .split("\n")
    .flatMap((text, i) => (text === before[i] ? [] : [{ ...originOf(lines, i + 1), text }]));
}

const withoutComments = (source: string): string => source.replace(/[ \t]*\/\/(?!.*@specialize).*$/gm, "");

function whereIs(lines: KernelManifest["lines"], joinedLine: number): string {
  const { file, line } = originOf(lines, joinedLine);
  return `${file}:${line}`;
}
