// Runs the programs of pages, one after the other, in one process of Node.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { runProcess } from "../../harness/hosts/process.ts";
import { cache, root } from "../../harness/setup/paths.mjs";
import { restful } from "../../harness/setup/restful.mjs";
import { type Block, blocksOf, type Program, pages, textOf } from "./blocks.ts";

/** What a program did. */
export interface Outcome {
  /** What each of its blocks printed. */
  readonly printed: readonly string[];
  readonly error?: string;
  readonly ms: number;
}

const folder = join(cache, "pages");
const nameOf = (page: string, { line }: { line: number }) =>
  `${page.replace(/\.md$/, "").replaceAll("/", "-")}-${line}`;
const source = (program: Program) => program.blocks.map(({ code }) => `${code}\nnextBlock();\n`).join("");
export const isOfBrowser = ({ blocks }: Program): boolean => blocks.some(({ marks }) => marks.includes("browser"));

const runner = `
import { format } from "node:util";
const outcomes = {};
let printed;
console.log = (...values) => printed.push(format(...values));
globalThis.nextBlock = () => { outcome.printed.push(printed.join("\\n")); printed = []; };
let outcome;
for (const name of process.argv.slice(2)) {
  outcome = { printed: [], ms: 0 };
  printed = [];
  const begun = performance.now();
  try {
    await import("./" + name + ".js");
  } catch (error) {
    outcome.printed.push(printed.join("\\n"));
    outcome.error = error.stack;
  }
  outcome.ms = Math.round(performance.now() - begun);
  outcomes[name] = outcome;
}
process.stdout.write(JSON.stringify(outcomes), () => process.exit(0));
`;

/** Runs them and gives what each did; those of pages for browsers are left out. */
export async function runPrograms(programs: readonly Program[]): Promise<Map<Program, Outcome>> {
  const running = programs.filter((program) => !isOfBrowser(program));
  const files = writeSources(running);
  const out = join(folder, "out");
  await build({
    ...{ entryPoints: files, outdir: out, absWorkingDir: root, logLevel: "error", sourcemap: "inline" },
    ...{ bundle: true, splitting: true, format: "esm", platform: "node", target: "node20", packages: "external" },
    alias: {
      "seqgrad/data": join(root, "src/data/index.ts"),
      "seqgrad/nn": join(root, "src/nn/index.ts"),
      "seqgrad/losses": join(root, "src/train/losses/index.ts"),
      "seqgrad/optim": join(root, "src/train/optim/index.ts"),
      seqgrad: join(root, "test/docs/shared-device.ts"),
    },
  });
  writeFileSync(join(out, "package.json"), '{ "type": "module" }');
  writeFileSync(join(out, "run.js"), runner);
  const names = running.map((program) => nameOf(program.page, program));
  const { code, stdout, stderr } = await runProcess(
    process.execPath,
    [...restful, "--enable-source-maps", "run.js", ...names],
    {
      cwd: out,
    },
  );
  if (code !== 0 || stderr !== "") throw new Error(`programs of pages: exit ${code}\n${stdout}\n${stderr}`);
  const outcomes = JSON.parse(stdout) as Record<string, Outcome>;
  return new Map(running.map((program, i) => [program, outcomes[names[i] as string] as Outcome]));
}

function writeSources(programs: readonly Program[]): string[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return programs.map((program) => {
    const file = join(folder, `${nameOf(program.page, program)}.ts`);
    writeFileSync(file, source(program));
    return file;
  });
}

/** What TypeScript says of all programs and of the pages' JavaScript. */
export async function typesOf(programs: readonly Program[]): Promise<string> {
  const types = join(cache, "page-types");
  rmSync(types, { recursive: true, force: true });
  mkdirSync(types, { recursive: true });
  const scripts = pages.flatMap((page) =>
    blocksOf(textOf(page))
      .filter(({ language }) => language === "js")
      .map((block): [string, Block] => [page, block]),
  );
  for (const program of programs) writeFileSync(join(types, `${nameOf(program.page, program)}.ts`), source(program));
  for (const [page, block] of scripts) writeFileSync(join(types, `${nameOf(page, block)}.js`), block.code);
  writeFileSync(join(types, "next-block.d.ts"), "declare function nextBlock(): void;\n");
  const of = (path: string) => [`../../src/${path}/index.ts`];
  const paths = { nn: of("nn"), losses: of("train/losses"), optim: of("train/optim"), data: of("data") };
  const options = {
    extends: "../../tsconfig.json",
    include: ["*"],
    compilerOptions: {
      paths: {
        // for Node: the pages' programs run there
        seqgrad: ["../../src/node.ts"],
        ...Object.fromEntries(Object.entries(paths).map(([name, path]) => [`seqgrad/${name}`, path])),
      },
    },
  };
  writeFileSync(join(types, "tsconfig.json"), JSON.stringify(options));
  const { stdout } = await runProcess(
    process.execPath,
    [join(root, "node_modules", "typescript", "bin", "tsc"), "--noEmit", "-p", types],
    {},
  );
  return stdout;
}

const number = /(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/;
/** Numbers with a point may differ by this much: adapters add up in other orders. */
const TOLERANCE = 0.02;

function sameNumber(shown: string, printed: string): boolean {
  if (!/[.e]/.test(shown)) return shown === printed;
  const [a, b] = [Number(shown), Number(printed)];
  return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b)) + 1e-6;
}

function sameLine(shown: string, printed: string): boolean {
  const [a, b] = [shown, printed].map((line) => line.trim().replace(/ +/g, " ")) as [string, string];
  if (a.includes("…")) {
    const parts = a.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`).test(b);
  }
  const [as, bs] = [a.split(number), b.split(number)];
  return as.length === bs.length && as.every((part, i) => (i % 2 ? sameNumber(part, bs[i] as string) : part === bs[i]));
}

/** The first line of what a page shows that a program does not print; a line that is `…` stands for any lines. */
export function firstDifference(shown: string, printed: string): string | undefined {
  const lines = printed.trimEnd().split("\n");
  let at = 0;
  let skipping = false;
  for (const line of shown.trimEnd().split("\n")) {
    if (line.trim() === "…") {
      skipping = true;
      continue;
    }
    const found = skipping ? lines.findIndex((each, i) => i >= at && sameLine(line, each)) : at;
    if (found < 0 || found >= lines.length || !sameLine(line, lines[found] as string)) {
      return `the page shows\n${line}\nthe program prints\n${lines.slice(at, at + 5).join("\n")}`;
    }
    at = found + 1;
    skipping = false;
  }
  return skipping || at === lines.length ? undefined : `the page does not show\n${lines.slice(at).join("\n")}`;
}
