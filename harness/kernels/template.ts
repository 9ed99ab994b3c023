// One file as several kernels: `// @each cell lstm gru`, `// @each direction forward backward` and
// `// @name {cell}_rows_{direction}` make four.
import { basename } from "node:path";
import { type Bound, wrongAt } from "../../src/kernels/join.ts";

export interface Template {
  readonly file: string;
  readonly name: string;
  readonly bound: Bound;
  /** Whether only software adapters run its kernels. */
  readonly software: boolean;
}

const eachLine = /^\s*\/\/\s*@each\s+(\w+)((?:\s+\w+)+)\s*$/;
const nameLine = /^\s*\/\/\s*@name\s+(\S+)\s*$/;

/** The kernels that a file is: all combinations of what its names stand for, or the one that is called as the file. */
export function templatesOf(file: string, text: string): Template[] {
  let name: string | undefined;
  let all: Record<string, string>[] = [{}];
  for (const line of text.split("\n")) {
    name ??= nameLine.exec(line)?.[1];
    const [, key, values] = eachLine.exec(line) ?? [];
    if (key === undefined || values === undefined) continue;
    all = all.flatMap((bound) =>
      values
        .trim()
        .split(/\s+/)
        .map((value) => ({ ...bound, [key]: value })),
    );
  }
  if (all.length > 1 && name === undefined) {
    throw wrongAt({ file, line: 1 }, "@each without @name: say how its kernels are called, as // @name {cell}_rows");
  }
  const pattern = name ?? basename(file, ".wgsl");
  const software = /^\s*\/\/\s*@software\s*$/m.test(text);
  return all.map((bound) => ({
    file,
    bound,
    software,
    name: pattern.replace(/\{(\w+)\}/g, (_, key: string) => {
      const value = bound[key];
      if (value === undefined) throw wrongAt({ file, line: 1 }, `@name: {${key}} has no // @each ${key} …`);
      return value;
    }),
  }));
}
