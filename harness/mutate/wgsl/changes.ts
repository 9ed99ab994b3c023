/** Small wrong changes of a kernel's WGSL. */
import type { KernelManifest } from "../../../src/kernels/manifest.ts";

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
  // the words that change from step to step always begin their buffer
  [/params\.(?!hyper_offset)\w+_offset\b/g, () => "0u"],
  // guards: the whole statement goes
  [/^(\s*)if \([^{}]*\) \{\s*(?:return[^;]*|continue|break);\s*\}/gm, (match) => match.replace(/[^\n]/g, " ")],
  [/^(\s*)workgroupBarrier\(\);/gm, (match) => match.replace(/[^\n]/g, " ")],
];

/** All changes of a kernel, in the order of its text. Only function bodies are changed: what is declared elsewhere is the host's too. */
export function changesOf({ name, source, lines }: KernelManifest): Change[] {
  const found: (Change & { readonly at: number })[] = [];
  for (const [start, end] of bodies(source)) {
    const body = source.slice(start, end);
    for (const [what, into] of rules) {
      for (const match of body.matchAll(what)) {
        const at = start + match.index;
        const after = into(match[0], ...match.slice(1));
        const changed = source.slice(0, at) + after + source.slice(at + match[0].length);
        // how many lines there are is what errors are told by
        const line = source.slice(0, at).split("\n").length;
        const text = (source: string) => source.split("\n")[line - 1]?.trim() ?? "";
        found.push({
          at,
          kernel: name,
          where: whereIs(lines, line),
          before: match[0].includes("\n") ? match[0].trim() : text(source),
          after: match[0].includes("\n") ? "nothing" : text(changed),
          source: changed,
        });
      }
    }
  }
  return found.sort((a, b) => a.at - b.at).map(({ at: _, ...change }) => change);
}

/** Where the bodies of functions begin and end. */
function* bodies(source: string): Generator<[start: number, end: number]> {
  for (const match of source.matchAll(/^(?:@compute[^{]*)?fn [^{]*\{/gm)) {
    // a line that is rewritten for variants has a form of its own
    if (/@specialize/.test(source.slice(match.index).split("\n", 1)[0] as string)) continue;
    const start = match.index + match[0].length;
    let depth = 1;
    let end = start;
    for (; end < source.length && depth > 0; end++) {
      if (source[end] === "{") depth++;
      if (source[end] === "}") depth--;
    }
    yield [start, end - 1];
  }
}

function whereIs(lines: KernelManifest["lines"], line: number): string {
  let first = 1;
  for (const part of lines) {
    if (line < first + part.count) return `${part.file}:${part.first + line - first}`;
    first += part.count;
  }
  return String(line);
}
