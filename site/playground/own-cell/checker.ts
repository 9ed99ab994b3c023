/** The worker that reads cells as TypeScript: what is wrong with them, and what runs. */
import type TypeScript from "typescript";
import typesUrl from "../../../.cache/site/own-cell/types.json?url";
import typescriptUrl from "../../../.cache/site/own-cell/typescript.js?url";
import defineText from "./define.ts?raw";
import { readMappings } from "./places.ts";
import type { Check, Checked, Fault, Made } from "./protocol.ts";

const name = "/cell.ts";
/** What a cell may use beside the language and the two modules. */
const globals = "declare const console: { log(...values: unknown[]): void };";

/** What it is, and in the end why: between them every type is said that holds another. */
function shortened(message: string): string {
  const lines = message.split("\n");
  const last = lines.at(-1) as string;
  return lines.length > 1 ? `${lines[0]}\n${last.trim()}` : message;
}

async function load() {
  const [{ default: ts }, files] = await Promise.all([
    import(/* @vite-ignore */ typescriptUrl) as Promise<{ default: typeof TypeScript }>,
    fetch(typesUrl).then((response) => response.json() as Promise<Record<string, string>>),
  ]);
  const texts = new Map(Object.entries({ ...files, "/playground.ts": defineText, "/globals.d.ts": globals }));
  const target = ts.ScriptTarget.ES2022;
  const options: TypeScript.CompilerOptions = {
    target,
    lib: ["/lib/lib.es2023.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    paths: { seqgrad: ["/seqgrad/index.d.ts"], playground: ["/playground.ts"] },
    strict: true,
    skipLibCheck: true,
    types: [],
    noEmit: true,
  };
  let version = 0;
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [name, "/globals.d.ts"],
    getScriptVersion: (file) => (file === name ? String(version) : "0"),
    getScriptSnapshot: (file) => {
      const text = texts.get(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => "/",
    getDefaultLibFileName: () => "/lib/lib.es2023.d.ts",
    fileExists: (file) => texts.has(file),
    readFile: (file) => texts.get(file),
  });

  const faultOf =
    (kind: Fault["kind"]) =>
    (diagnostic: TypeScript.Diagnostic): Fault => {
      const { file, start = 0, length = 0, messageText } = diagnostic;
      const { line, character } = file?.getLineAndCharacterOfPosition(start) ?? { line: 0, character: 0 };
      return {
        kind,
        message: shortened(ts.flattenDiagnosticMessageText(messageText, "\n")),
        place: { line: line + 1, column: character + 1 },
        from: start,
        to: start + length,
      };
    };

  function make(text: string): Made {
    const { outputText, sourceMapText } = ts.transpileModule(text, {
      compilerOptions: { target, module: ts.ModuleKind.CommonJS, sourceMap: true },
    });
    const { mappings } = JSON.parse(sourceMapText as string) as { mappings: string };
    return { code: outputText.replace(/^\/\/# sourceMappingURL=.*$/m, ""), places: readMappings(mappings) };
  }

  return (text: string): { faults: Fault[]; made: Made | null } => {
    texts.set(name, text);
    version++;
    const syntax = service.getSyntacticDiagnostics(name).map(faultOf("syntax"));
    if (syntax.length > 0) return { faults: syntax, made: null };
    const faults = service.getSemanticDiagnostics(name).map(faultOf("type"));
    return { faults, made: faults.length > 0 ? null : make(text) };
  };
}

const loading = load();
addEventListener("message", async ({ data: { id, text } }: MessageEvent<Check>) => {
  const answer = await loading.then(
    (check): Checked => ({ id, ...check(text) }),
    (error): Checked => ({ id, failed: String(error) }),
  );
  postMessage(answer);
});
