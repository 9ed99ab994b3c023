// The examples of articles learn what they are to learn, in as many lines as their page says.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { root } from "../../harness/setup/paths.mjs";

const folder = join(root, "examples", "articles");

/** What each prints, and the figure from which on it has learned. */
const figures: Readonly<Record<string, readonly [prints: RegExp, isLearned: (figure: number) => boolean]>> = {
  "last-step": [/^accuracy (.*)$/, (accuracy) => accuracy >= 0.9],
  "lstm-sigmoid": [/^area under the ROC curve (.*)$/, (area) => area >= 0.9],
  "text-classification": [/^accuracy (.*)$/, (accuracy) => accuracy >= 0.9],
  translation: [/^right tokens (.*)$/, (share) => share >= 0.9],
  "first-state": [/^mean absolute error (.*)$/, (error) => error < 0.05],
};

it.each(Object.keys(figures))("%s", async (name) => {
  const [prints, isLearned] = figures[name] as (typeof figures)[string];
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  const { main } = await import(`../../examples/articles/${name}.ts`);
  expect(await main()).toBe(0);
  const [line] = printed.mock.lastCall as [string];
  printed.mockRestore();
  expect(line).toMatch(prints);
  expect(isLearned(Number(prints.exec(line)?.[1])), line).toBe(true);
});

it("the page has their lines of model and training", () => {
  const page = readFileSync(join(root, "examples", "README.md"), "utf8");
  for (const name of Object.keys(figures)) {
    const text = readFileSync(join(folder, `${name}.ts`), "utf8");
    const [, marked] = /\n *\/\/ (?:tokenizer, )?model and training\n([\s\S]*?)\n *\/\/ until here\n/.exec(
      text,
    ) as RegExpExecArray;
    const lines = (marked as string).split("\n").filter((line) => line.trim() !== "").length;
    const [, said] = new RegExp(`^\\| \\[${name}\\][^\\n]*\\| *(\\d+) *\\|$`, "m").exec(page) ?? [];
    expect(Number(said), name).toBe(lines);
  }
});
