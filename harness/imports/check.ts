// Fails where src/ imports against the direction of its rooms, or in a circle.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";
import { roomOf, whyNotPackage, whyNotRoom } from "./rules.ts";
import { type Import, importsOf } from "./scan.ts";

/** Every file of src/ with its text, named from the checkout's root. */
export function sourceFiles(): Map<string, string> {
  const names = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const files = names.map((name) => `src/${name.replaceAll("\\", "/")}`).filter((name) => name.endsWith(".ts"));
  return new Map(files.sort().map((file) => [file, readFileSync(join(root, file), "utf8")]));
}

/** What is wrong with the imports of these files, a line each. */
export function checkImports(files: ReadonlyMap<string, string>): string[] {
  const graph = new Map([...files].map(([file, text]) => [file, importsOf(file, text)] as const));
  const wrong = [...graph].flatMap(([file, imports]) =>
    imports.flatMap((each) => {
      const reason = whyNot(file, each);
      return reason === undefined ? [] : [`${file}:${each.line}: imports "${each.specifier}": ${reason}`];
    }),
  );
  return [...wrong, ...cycles(graph)];
}

function whyNot(file: string, { specifier, isDynamic, file: imported }: Import): string | undefined {
  if (imported === undefined) return whyNotPackage(file, specifier, isDynamic);
  if (!imported.startsWith("src/")) return "src/ imports only what is below src/";
  return whyNotRoom(roomOf(file), roomOf(imported));
}

/** Circles of imports, of types too, each told once. */
function cycles(graph: ReadonlyMap<string, readonly Import[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) {
      found.push(`${file}: imports itself in a circle: ${[...path.slice(start), file].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const { file: next } of graph.get(file) ?? []) {
      if (next !== undefined) visit(next, [...path, file]);
    }
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

/** For `node harness/ts.mjs harness/imports/check.ts`. */
export async function main(): Promise<number> {
  const problems = checkImports(sourceFiles());
  for (const problem of problems) console.error(`error: ${problem}`);
  return problems.length > 0 ? 1 : 0;
}
