// The pages in docs/: their links lead somewhere, and the WGSL that they show is in the kernels.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";

const folder = join(root, "docs");
const pages = readdirSync(folder).filter((name) => name.endsWith(".md"));

test.each(pages)("%s has one title, and links that exist", (name) => {
  const text = readFileSync(join(folder, name), "utf8").replace(/^```[\s\S]*?^```/gm, "");
  expect(text.match(/^# /gm)).toHaveLength(1);
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link as string);
  expect(links.filter((link) => !existsSync(join(folder, dirname(name), link)))).toEqual([]);
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

test("test/README.md has a line for each folder", () => {
  const text = readFileSync(join(root, "test/README.md"), "utf8");
  const folders = readdirSync(join(root, "test"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => `\`${name}/\``).filter((name) => !text.includes(name))).toEqual([]);
});
