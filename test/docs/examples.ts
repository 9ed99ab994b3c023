// The examples of docstrings: each is a module that compiles by itself.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript-5.9";
import { root } from "../../harness/setup/paths.mjs";
import { compilerOptions } from "../support/typescript.ts";

export interface Example {
  /** What it is an example of. */
  readonly name: string;
  readonly file: string;
  readonly code: string;
}

/** A docstring with a code block behind `@example`, and the export that follows. */
const pattern =
  /\* @example\n((?: *\*.*\n)+?) *\*\/\n *export (?:abstract )?(?:async )?(?:function|class|const) (\w+)/g;

export function examplesIn(folder: string): Example[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.ts$/.test(file));
  return files.flatMap((file) =>
    [...readFileSync(join(folder, file), "utf8").matchAll(pattern)].map(([, comment = "", name = ""]) => {
      const text = comment.replace(/^ *\* ?/gm, "");
      return { name, file, code: /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "" };
    }),
  );
}

/** What TypeScript has against them. */
export function complaintsOf(examples: readonly Example[]): string[] {
  const programs = new Map(examples.map(({ name, code }) => [join(root, "test/docs", `example-${name}.ts`), code]));
  const options: ts.CompilerOptions = {
    ...compilerOptions,
    paths: { seqgrad: [join(root, "src/index.ts")], "seqgrad/data": [join(root, "src/data/index.ts")] },
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (file) => programs.has(file) || fileExists(file);
  host.readFile = (file) => programs.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const code = programs.get(file);
    return code === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, code, ts.ScriptTarget.ESNext);
  };
  const program = ts.createProgram([...programs.keys()], options, host);
  return [...programs.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ messageText }) => `${file}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
  });
}
