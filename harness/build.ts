// Builds the package: the modules of src/ one for one in dist/, of which a bundler takes what a program uses; for Node, which
// reads one file faster than hundreds, bundles in dist/node/; and dist/types.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, posix } from "node:path";
import { build, type Plugin, transform } from "esbuild";
import { neededLater, withOwnNames } from "./entry.ts";
import { runProcess } from "./hosts/process.ts";
import { sourceFiles } from "./imports/check.ts";
import { importsOf } from "./imports/scan.ts";
import { generateKernels } from "./kernels/generate.ts";
import { minify } from "./kernels/minify.ts";
import { type Arrangement, modulesOf } from "./kernels/modules.ts";
import { readKernels, readText } from "./kernels/read.ts";
import { ensurePackages } from "./setup/packages.mjs";
import { root } from "./setup/paths.mjs";

/** The package's entries, by the names that they have in it. */
export const entries = {
  index: "src/index.ts",
  nn: "src/nn/index.ts",
  losses: "src/train/losses/index.ts",
  optim: "src/train/optim/index.ts",
  data: "src/data/index.ts",
};

/** Nothing is minified: whoever bundles does it, stacks and profiles are read as they are, and pure calls stay marked. */
const forAll = { format: "esm", platform: "neutral", target: "es2022", logLevel: "error" } as const;

/**
 * Builds into a folder, emptied first.
 * @returns what is wrong, a line each
 */
export async function buildPackage(folder = join(root, "dist")): Promise<readonly string[]> {
  const problems = generateKernels();
  if (problems.length > 0) return problems;
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([buildModules(folder), buildForNode(join(folder, "node"))]);
  return emitTypes(join(folder, "types"), ["index.d.ts", "node.d.ts", join("data", "index.d.ts")]);
}

/** The kernels' modules, named from the checkout's root. */
function kernelModules(arrangement: Arrangement): Map<string, string> {
  const modules = modulesOf(readKernels(), (file) => readText(file, root) as string, arrangement);
  return new Map([...modules].map(([name, text]) => [`${generated}/${name}`, text]));
}

const generated = "src/kernels/generated";

async function buildModules(folder: string): Promise<void> {
  const kernels = kernelModules({ isFine: true, text: minify });
  const texts = new Map([...sourceFiles(), ...kernels]);
  const files = reached(Object.values(entries), texts);
  const later = neededLater(new Map(files.map((file) => [file, texts.get(file) as string])));
  const write = (file: string, code: string): void => {
    const path = join(folder, `${posix.relative("src", file).slice(0, -".ts".length)}.js`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, code.replace(/((?:\bfrom|\bimport)\s*\(?\s*"\.[^"]*)\.ts"/g, '$1.js"'));
  };
  await Promise.all(
    files.map(async (file) => {
      const { code } = await transform(texts.get(file) as string, { ...forAll, loader: "ts", sourcefile: file });
      const modules = file === entries.index ? withOwnNames(file, code, later) : new Map([[file, code]]);
      for (const [each, text] of modules) write(each, text);
    }),
  );
}

/** The files that are imported, directly or not. */
function reached(from: readonly string[], texts: ReadonlyMap<string, string>): string[] {
  const found = new Set(from);
  // a set visits what is added to it on the way
  for (const file of found) {
    for (const { file: next } of importsOf(file, texts.get(file) ?? "")) if (next !== undefined) found.add(next);
  }
  return [...found];
}

/** The kernels' modules with the texts that are shipped. */
const shippedKernels: Plugin = {
  name: "kernels",
  setup({ onLoad }) {
    const kernels = kernelModules({ text: minify });
    onLoad({ filter: /[\\/]generated[\\/][^\\/]+\.ts$/ }, ({ path }) => {
      const contents = kernels.get(`${generated}/${basename(path)}`);
      return contents === undefined ? undefined : { contents, loader: "ts" };
    });
  },
};

async function buildForNode(folder: string): Promise<void> {
  await build({
    ...forAll,
    absWorkingDir: root,
    plugins: [shippedKernels],
    entryPoints: { ...entries, index: "src/node.ts" },
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: "seqgrad-[hash]",
    minifyWhitespace: true,
    minifySyntax: true,
    // places alone: with the sources the package would be twice as large
    sourcemap: true,
    sourcesContent: false,
    // Node prints the whole source line of an error that nobody catches.
    lineLimit: 160,
    external: ["webgpu", "papaparse", "@huggingface/tokenizers", "node:*"],
  });
}

/**
 * Writes the declarations of entries, and of what they import.
 * @returns what is wrong, a line each
 */
export async function emitTypes(folder: string, entries: readonly string[]): Promise<readonly string[]> {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = ["--project", join(root, "harness", "tsconfig.types.json"), "--outDir", folder];
  const { code, stdout, stderr } = await runProcess(process.execPath, [tsc, ...options], { cwd: root });
  if (code !== 0) return `${stdout}${stderr}`.trim().split("\n");
  const reached = new Set<string>();
  for (const entry of entries) finishTypes(join(folder, entry), reached);
  // Declarations of internals, of which the public ones say nothing.
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = join(folder, name);
    if (file.endsWith(".d.ts") && !reached.has(file)) rmSync(file);
  }
  // `using` works on what holds GPU memory; the user's own `lib` may not know of it yet.
  const index = join(folder, "index.d.ts");
  writeFileSync(index, `/// <reference lib="esnext.disposable" />\n${readFileSync(index, "utf8")}`);
  return [];
}

/** Mends a file of declarations and those that it imports. */
function finishTypes(file: string, reached: Set<string>): void {
  if (reached.has(file)) return;
  reached.add(file);
  const imports: string[] = [];
  // The compiler leaves `.ts` in what it emits, where only `.js` is understood by everyone.
  const text = readFileSync(file, "utf8").replace(
    /((?:\bfrom|\bimport)\s*\(?\s*")(\.[^"]*)\.ts"/g,
    (_, before: string, path: string) => {
      imports.push(join(dirname(file), `${path}.d.ts`));
      return `${before}${path}.js"`;
    },
  );
  // Typed arrays have a type parameter since TypeScript 5.7; this says the same to those before and after.
  writeFileSync(file, text.replace(/\b(\w+Array)<ArrayBuffer>/g, "ReturnType<typeof $1.of>"));
  for (const each of imports) finishTypes(each, reached);
}

/** For `npm run build`. */
export async function main(): Promise<number> {
  await ensurePackages("all");
  const problems = await buildPackage();
  for (const problem of problems) console.error(`error: ${problem}`);
  return problems.length > 0 ? 1 : 0;
}
