// The programs of README.md and of the pages: they compile, run, and print what the page shows.
import { beforeAll, describe, expect, test } from "vitest";
import { pages, programsOf } from "./blocks.ts";
import { firstDifference, isOfBrowser, type Outcome, runPrograms, typesOf } from "./run-programs.ts";

const programs = pages.flatMap((page) => programsOf(page));

test("programs of pages have right types", async () => {
  expect(await typesOf(programs)).toBe("");
});

describe("programs of pages run", () => {
  let outcomes: Awaited<ReturnType<typeof runPrograms>>;
  beforeAll(async () => {
    outcomes = await runPrograms(programs);
  });

  test.each(programs.filter((program) => !isOfBrowser(program)).map((each) => [each.page, each.line, each] as const))(
    "%s:%i",
    (page, _, program) => {
      const { printed, error } = outcomes.get(program) as Outcome;
      expect(error).toBeUndefined();
      expect(printed.join("").trim()).not.toBe("");
      for (const [i, { shown }] of program.blocks.entries()) {
        const text = printed[i] as string;
        if (shown.length === 0) expect(text).not.toMatch(/NaN|undefined/);
        const difference = shown.length > 0 && firstDifference(shown.map(({ code }) => code).join(""), text);
        expect(difference && `${page}:${shown[0]?.line}: ${difference}`).toBeFalsy();
      }
    },
  );
});

test("what a page shows is compared with what is printed", () => {
  expect(firstDifference("loss 0.500\n…\nend 3\n", "loss 0.501\na\nb\nend 3")).toBeUndefined();
  expect(firstDifference("took … ms\n", "took 31.5 ms")).toBeUndefined();
  expect(firstDifference("loss 0.500\n", "loss 0.600")).toMatch("0.600");
  expect(firstDifference("step 3\n", "step 4")).toMatch("step 4");
  expect(firstDifference("a\n", "a\nb")).toMatch("does not show\nb");
  expect(firstDifference("a\nb\n", "a")).toMatch("shows\nb");
});
