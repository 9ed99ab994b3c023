// Translated pages in docs/<language>/ follow the English ones: each notes the hashes of the sections that it translates.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { blocksOf, pages, textOf } from "./blocks.ts";

/** Sections by their headings, with 8 digits of a hash of what they say. */
function hashesOf(markdown: string): Map<string, string> {
  const parts = markdown.split(/^(?=##? )/m).filter((part) => part.startsWith("#"));
  return new Map(
    parts.map((part) => [
      /^#+ (.*)/.exec(part)?.[1] as string,
      createHash("sha256").update(part.trim()).digest("hex").slice(0, 8),
    ]),
  );
}

/** Hashes in the front matter, by headings. */
function notedIn(markdown: string): Map<string, string> {
  const matter = /^---\n([\s\S]*?)\n---\n/.exec(markdown)?.[1] ?? "";
  return new Map([...matter.matchAll(/^"(.*)": "(\w{8})"$/gm)].map(([, heading, hash]) => [heading ?? "", hash ?? ""]));
}

const translated = pages.filter((page) => /^docs\/[a-z]{2}\//.test(page));
const withoutComments = (code: string) => code.replace(/(\/\/|(?<=\s)#) .*/g, "");

test("there are translated pages", () => expect(translated.length).toBeGreaterThan(1));

test.each(translated)("%s says what the English page says", (page) => {
  const text = textOf(page);
  const english = textOf(page.replace(/\/[a-z]{2}\//, "/"));
  const [noted, sections] = [notedIn(text), hashesOf(english)];
  const changed = [...sections].filter(([heading, hash]) => noted.get(heading) !== hash);
  // translate these sections again, then put these lines into the front matter
  expect(changed.map(([heading, hash]) => `${JSON.stringify(heading)}: "${hash}"`)).toEqual([]);
  expect([...noted.keys()].filter((heading) => !sections.has(heading))).toEqual([]);
  expect(hashesOf(text).size).toBe(sections.size);
  const codes = (markdown: string) => blocksOf(markdown).map(({ code }) => withoutComments(code));
  expect(codes(text)).toEqual(codes(english));
});
