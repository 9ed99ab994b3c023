// The package's entry as it is shipped. A bundler that divides a program goes through all that a file names, also where nobody uses it
// (esbuild does): were the entry to name an operation that a later part needs, the program would have it at once.
import { posix } from "node:path";
import { importsOf } from "./imports/scan.ts";

/** The modules that parts which are fetched later need, by the texts of all. */
export function neededLater(texts: ReadonlyMap<string, string>): ReadonlySet<string> {
  const imports = new Map([...texts].map(([file, text]) => [file, importsOf(file, text)]));
  const dynamic = [...imports.values()].flat().filter(({ isDynamic }) => isDynamic);
  const found = new Set(dynamic.map(({ file }) => file));
  // a set visits what is added to it on the way
  for (const file of found) {
    for (const next of imports.get(file ?? "") ?? []) if (!next.isDynamic) found.add(next.file);
  }
  found.delete(undefined);
  return found as Set<string>;
}

/**
 * The entry's code, and further modules by their files, each of which has something that a later part needs under a name of its own.
 * @param later what `neededLater` gives
 */
export function withOwnNames(file: string, code: string, later: ReadonlySet<string>): Map<string, string> {
  const modules = new Map<string, string>();
  const folder = posix.dirname(file);
  const statement = /^import \{([^}]*)\} from "(\.\/(?:ops|run)\/[^"]+)";\n/gm;
  const entry = code.replace(statement, (line, list: string, from: string) => {
    if (!later.has(posix.join(folder, from))) return line;
    const names = list.split(",").map((each) => each.trim());
    const path = `exports/${from.slice("./".length).replaceAll("/", "-")}`;
    const own = names.map(
      (name) => `import { ${name} as ${name}_ } from ".${from}";\nexport const ${name} = ${name}_;\n`,
    );
    modules.set(posix.join(folder, path), own.join(""));
    return `import { ${names.join(", ")} } from "./${path}";\n`;
  });
  return modules.set(file, entry);
}
