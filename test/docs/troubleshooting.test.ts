// The messages that docs/troubleshooting.md explains are messages of the library, and it has every class of error.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";
import * as errors from "../../src/errors.ts";
import { textOf } from "./blocks.ts";

const page = textOf("docs/troubleshooting.md");
const messages = [...page.matchAll(/^### `(.*)`$/gm)].map(([, message]) => message as string);
const src = join(root, "src");
const sources = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.includes("generated"))
  .map((file) => readFileSync(join(src, file), "utf8"));

/** A message's words between what is filled in: `…`, and the shapes of an example. */
const fragments = (message: string): string[] =>
  message
    .split(/…|\[[\d, ]+\]| = \[.*\]$/)
    .map((part) => part.trim())
    .filter((part) => part.length > 3);

test.each(messages)("%s", (message) => {
  const parts = fragments(message);
  expect(parts.length).toBeGreaterThan(0);
  expect(sources.filter((source) => parts.every((part) => source.includes(part)))).not.toEqual([]);
});

test("every class of error has a section", () => {
  const classes = Object.keys(errors).filter((name) => name !== "SeqgradError");
  expect([...page.matchAll(/^## (\w+Error)$/gm)].map(([, name]) => name).sort()).toEqual(classes.sort());
});
