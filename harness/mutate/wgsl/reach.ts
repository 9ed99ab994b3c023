/** Which functions of a kernel can run: its libraries have others. */
import type { KernelManifest } from "../../../src/kernels/manifest.ts";

export interface Body {
  readonly name: string;
  /** Where the text between the braces begins and ends. */
  readonly start: number;
  readonly end: number;
  /** Whether it is a line that variants rewrite. */
  readonly specialized: boolean;
}

/** The bodies of the functions that the entry point reaches in some variant. */
export function reachableBodies({ source, entryPoint, variants }: KernelManifest): Body[] {
  const all = [...bodies(source)];
  const rewritten = Object.values(variants).flatMap((constants) => Object.values(constants).map(String));
  const reached = new Set<string>();
  const visit = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const body of all) if (body.name === name) calls(source.slice(body.start, body.end)).forEach(visit);
  };
  visit(entryPoint);
  for (const text of rewritten) calls(text).forEach(visit);
  return all.filter(({ name }) => reached.has(name));
}

const calls = (text: string): string[] => [...text.matchAll(/\b(\w+)\s*\(/g)].map(([, name = ""]) => name);

function* bodies(source: string): Generator<Body> {
  for (const match of source.matchAll(/^(?:@compute[^{]*)?fn (\w+)[^{]*\{/gm)) {
    const start = match.index + match[0].length;
    let depth = 1;
    let end = start;
    for (; end < source.length && depth > 0; end++) {
      if (source[end] === "{") depth++;
      if (source[end] === "}") depth--;
    }
    const specialized = /@specialize/.test(source.slice(match.index).split("\n", 1)[0] as string);
    yield { name: match[1] as string, start, end: end - 1, specialized };
  }
}
