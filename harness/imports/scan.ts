import { posix } from "node:path";

export interface Import {
  readonly line: number;
  /** As written. */
  readonly specifier: string;
  /** By `import(…)`, when the program comes there. */
  readonly isDynamic: boolean;
  /** The file that a relative specifier names, from the checkout's root. */
  readonly file: string | undefined;
}

// Formatted code has its import statements at the start of a line, which keeps examples in comments out.
const statement = /^(?:import|export)\s[^;"'`]*?\bfrom\s+"(?<from>[^"]+)"/gm;
const sideEffect = /^import\s+"(?<from>[^"]+)"/gm;
const dynamic = /^(?!\s*(?:\*|\/\/)).*\bimport\(\s*"(?<from>[^"]+)"/gm;

/** The imports and re-exports of a file, read from its text. */
export function importsOf(file: string, text: string): Import[] {
  return [statement, sideEffect, dynamic].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => {
      const specifier = match.groups?.from ?? "";
      const relative = specifier.startsWith(".");
      return {
        line: text.slice(0, match.index).split("\n").length,
        specifier,
        isDynamic: pattern === dynamic,
        file: relative ? posix.join(posix.dirname(file), specifier) : undefined,
      };
    }),
  );
}
