// How much kernels repeat of each other: what two of them have in common belongs into a library that both @use.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../harness/setup/paths.mjs";

const folder = join(root, "kernels");
const RUN = 6;
/** Pairs of files with such a run in common; what is left of them is headers of functions, which libraries would not make shorter. */
const MOST_PAIRS = 30;

test(`few pairs of kernels' files share ${RUN} lines in a row, blank lines and comments aside`, () => {
  const holders = new Map<string, Set<string>>();
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".wgsl")) continue;
    const lines = readFileSync(join(folder, file), "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("//"));
    for (let i = 0; i + RUN <= lines.length; i++) {
      const run = lines.slice(i, i + RUN).join("\n");
      holders.set(run, (holders.get(run) ?? new Set()).add(file));
    }
  }
  const pairs = [...holders.values()].flatMap((files) => {
    const all = [...files].sort();
    return all.flatMap((file, i) => all.slice(i + 1).map((other) => `${file} ~ ${other}`));
  });
  expect(holders.size).toBeGreaterThan(5000);
  const distinct = [...new Set(pairs)].sort();
  expect(distinct.length, distinct.join("\n")).toBeLessThanOrEqual(MOST_PAIRS);
});
