// The pages in docs/: their links lead somewhere, and the WGSL that they show is in the kernels.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import { blocksOf, pages, textOf } from "./blocks.ts";

const folder = join(root, "docs");

/** What Git hosts and the site make of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[`.,:;()?!'"]/g, "")
    .trim()
    .replace(/\s+/g, "-");
const anchorsOf = (markdown: string) =>
  [...withoutCode(markdown).matchAll(/^#+ (.*)$/gm)].map(([, text]) => anchorOf(text ?? ""));
const withoutCode = (markdown: string) => markdown.replace(/^```[\s\S]*?^```/gm, "");

test.each(pages)("%s has one title, and links that lead somewhere", (page) => {
  const text = withoutCode(textOf(page));
  expect(text.match(/^# /gm)).toHaveLength(1);
  const broken = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].filter(([, path = "", anchor]) => {
    const file = path === "" ? join(root, page) : join(root, dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && file.endsWith(".md") && !anchorsOf(readFileSync(file, "utf8")).includes(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test("kernels.md shows lines that the kernels have", () => {
  const text = readFileSync(join(folder, "kernels.md"), "utf8");
  const shown = [...text.matchAll(/\]\(\.\.\/(kernels\/[^)]+)\):\n\n```wgsl\n([\s\S]*?)\n```/g)];
  expect(shown.length).toBeGreaterThan(4);
  const plain = (code: string) => code.replace(/^ +/gm, "");
  for (const [, file = "", code = ""] of shown) {
    expect(plain(readFileSync(join(root, file), "utf8")), file).toContain(plain(code));
  }
});

test("a cell for the playground is one of its examples", () => {
  const examples = join(root, "site", "playground", "own-cell", "examples");
  const code = readdirSync(examples).map((file) => readFileSync(join(examples, file), "utf8"));
  const shown = pages.flatMap((page) => blocksOf(textOf(page)).filter(({ marks }) => marks.includes("playground")));
  expect(shown.length).toBeGreaterThan(0);
  for (const block of shown)
    expect(
      code.some((text) => text.endsWith(block.code)),
      block.code,
    ).toBe(true);
});

test("test/README.md has a line for each folder", () => {
  const text = readFileSync(join(root, "test/README.md"), "utf8");
  const folders = readdirSync(join(root, "test"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => `\`${name}/\``).filter((name) => !text.includes(name))).toEqual([]);
});
