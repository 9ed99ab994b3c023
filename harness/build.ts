// Builds the package: dist/index.js and dist/node.js over shared chunks, with source maps, and dist/types.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { runProcess } from "./hosts/process.ts";
import { generateKernels } from "./kernels/generate.ts";
import { ensurePackages } from "./setup/packages.mjs";
import { root } from "./setup/paths.mjs";

/**
 * Builds into a folder, emptied first.
 * @returns what is wrong, a line each
 */
export async function buildPackage(folder = join(root, "dist")): Promise<readonly string[]> {
  const problems = generateKernels();
  if (problems.length > 0) return problems;
  rmSync(folder, { recursive: true, force: true });
  await build({
    entryPoints: [join(root, "src", "index.ts"), join(root, "src", "node.ts")],
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: "seqgrad-[hash]",
    format: "esm",
    platform: "neutral",
    target: "es2022",
    external: ["webgpu", "node:*"],
    sourcemap: true,
    // Names stay, so that stacks and profiles can be read without the maps.
    minifyWhitespace: true,
    minifySyntax: true,
    // Node prints the whole source line of an error that nobody catches.
    lineLimit: 160,
    logLevel: "error",
    absWorkingDir: root,
  });
  return emitTypes(join(folder, "types"));
}

async function emitTypes(folder: string): Promise<readonly string[]> {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const options = ["--project", join(root, "harness", "tsconfig.types.json"), "--outDir", folder];
  const { code, stdout } = await runProcess(process.execPath, [tsc, ...options], { cwd: root });
  if (code !== 0) return stdout.trim().split("\n");
  const reached = new Set<string>();
  for (const entry of ["index.d.ts", "node.d.ts"]) finishTypes(join(folder, entry), reached);
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
