// The code blocks of README.md and docs/, and the programs that they make.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../harness/setup/paths.mjs";

export interface Block {
  readonly language: string;
  /** What stands behind the language: `continued`, `browser`; `playground` is an example of the page's. */
  readonly marks: readonly string[];
  readonly code: string;
  /** Where it begins, counted from 1. */
  readonly line: number;
}

/** Blocks that run as one module: the first begins with its imports, the others continue it. */
export interface Program {
  readonly page: string;
  readonly line: number;
  readonly blocks: readonly ProgramBlock[];
}

export interface ProgramBlock extends Block {
  /** The text blocks from here to the next program block: what it prints, in their order. */
  readonly shown: readonly Block[];
}

const fence = /^( *)```(\S*) *([^\n]*)\n([\s\S]*?)^ *```$/gm;

export function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(fence)].map(
    ({ 1: indent = "", 2: language = "", 3: marks = "", 4: code = "", index }) => ({
      language,
      marks: marks.split(" ").filter(Boolean),
      code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      line: markdown.slice(0, index).split("\n").length,
    }),
  );
}

/** README.md and the pages, by their paths from the checkout's root. */
export const pages: readonly string[] = [
  "README.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !/^(api|node_modules)\b/.test(name))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`)
    .sort(),
];

export const textOf = (page: string): string => readFileSync(join(root, page), "utf8");

/** A TypeScript block that begins with an import begins a program, unless it is marked `continued`. */
export function programsOf(page: string, markdown = textOf(page)): Program[] {
  const programs: { page: string; line: number; blocks: (Block & { shown: Block[] })[] }[] = [];
  for (const block of blocksOf(markdown)) {
    const last = programs.at(-1);
    if (block.language === "text") last?.blocks.at(-1)?.shown.push(block);
    if (block.language !== "ts" || block.marks.includes("playground")) continue;
    const begins = /^import\b/.test(block.code) && !block.marks.includes("continued");
    if (begins) programs.push({ page, line: block.line, blocks: [{ ...block, shown: [] }] });
    else if (last) last.blocks.push({ ...block, shown: [] });
    else throw new Error(`${page}:${block.line}: the block continues no program; begin the page's first with imports`);
  }
  return programs;
}
