/**
 * What the playground's own cells need beside the page's modules, each a file by itself: the worker that they run in, as one
 * script, since nothing can be fetched there; TypeScript; and the declarations that cells are checked against.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { UserError } from "../examples/shared/errors.ts";
import { emitTypes } from "../harness/build.ts";
import { ensurePackages } from "../harness/setup/packages.mjs";
import { cache, root } from "../harness/setup/paths.mjs";

const folder = join(cache, "site", "own-cell");
const typescript = join(root, "site", "node_modules", "typescript");
/** What cells may use of the language's own library. */
const library = ["lib.es2023.d.ts", "lib.decorators.d.ts", "lib.decorators.legacy.d.ts", "lib.esnext.disposable.d.ts"];

/** Writes them into `.cache/site/own-cell`, where the page's modules import their addresses from. */
export async function buildOwnCell(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await Promise.all([buildWorker(), once("typescript.js", versionOf(), buildTypescript), buildTypes()]);
}

const shared = { bundle: true, minify: true, target: "es2022", logLevel: "error", absWorkingDir: root } as const;

const buildWorker = () =>
  build({
    ...shared,
    entryPoints: ["site/playground/own-cell/worker/main.ts"],
    outfile: join(folder, "cell-worker.js"),
    format: "iife",
    platform: "browser",
    tsconfig: "site/tsconfig.json",
    external: ["@huggingface/tokenizers"],
  });

const versionOf = (): string =>
  (JSON.parse(readFileSync(join(typescript, "package.json"), "utf8")) as { version: string }).version;

/** As a module of its own, since a bundler would take the tree of nine megabytes apart at every build. */
const buildTypescript = async (file: string): Promise<void> => {
  await build({
    ...shared,
    stdin: { contents: 'export { default } from "typescript"', resolveDir: join(root, "site") },
    outfile: file,
    format: "esm",
    platform: "browser",
    // for Node: what is not there is not called
    external: ["fs", "path", "os", "inspector", "perf_hooks", "crypto", "source-map-support", "module", "url"],
  });
};

function buildTypes(): Promise<void> {
  const src = join(root, "src");
  const hash = createHash("sha256").update(versionOf());
  for (const name of readdirSync(src, { recursive: true, encoding: "utf8" }).sort()) {
    if (name.endsWith(".ts") && !name.startsWith(join("kernels", "generated"))) {
      hash.update(name).update(readFileSync(join(src, name)));
    }
  }
  return once("types.json", hash.digest("hex"), async (file) => {
    const emitted = join(folder, "types");
    // the project's TypeScript writes them
    await ensurePackages("all");
    const problems = await emitTypes(emitted, ["index.d.ts"]);
    if (problems.length > 0) throw new UserError(problems.join("\n"));
    const files: Record<string, string> = {};
    for (const name of readdirSync(emitted, { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".d.ts")) files[`/seqgrad/${name.replaceAll("\\", "/")}`] = bare(join(emitted, name));
    }
    for (const name of library) addLibrary(name, files);
    rmSync(emitted, { recursive: true });
    writeFileSync(file, JSON.stringify(files));
  });
}

/** Without docstrings, which are not shown. */
const bare = (file: string): string => readFileSync(file, "utf8").replace(/\/\*\*[\s\S]*?\*\//g, "");

/** A file of the language's library, and those that it names. */
function addLibrary(name: string, files: Record<string, string>): void {
  if (`/lib/${name}` in files) return;
  const text = bare(join(typescript, "lib", name));
  files[`/lib/${name}`] = text;
  for (const [, other] of text.matchAll(/<reference lib="([^"]+)"/g)) addLibrary(`lib.${other}.d.ts`, files);
}

/** Makes a file unless it is there and was made of the same. */
async function once(name: string, key: string, make: (file: string) => Promise<void>): Promise<void> {
  const [file, note] = [join(folder, name), join(folder, `${name}.key`)];
  if (existsSync(file) && existsSync(note) && readFileSync(note, "utf8") === key) return;
  await make(file);
  writeFileSync(note, key);
}
