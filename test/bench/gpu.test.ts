// What a machine with a GPU is asked: what the command takes, and that a session finds what it is given.
import { expect, test } from "vitest";
import { gpuCases } from "../../bench/cases/gpu.ts";
import { findCase } from "../../bench/cases/index.ts";
import { parseOptions, parts } from "../../bench/gpu/options.ts";

test("a session finds each case by its name, and does the same work", () => {
  for (const each of gpuCases) expect(findCase(each.name).work, each.name).toEqual(each.work);
  expect(new Set(gpuCases.map(({ name }) => name)).size).toBe(gpuCases.length);
  expect(gpuCases.filter(({ suite }) => !(parts as readonly string[]).includes(suite))).toEqual([]);
});

test("options", () => {
  expect(parseOptions([])).toMatchObject({ only: parts, names: [], budgetMs: 5000, as: undefined });
  expect(parseOptions(["--only", "torch,cases", "--case", "lstm,gru", "--budget", "0.5"])).toMatchObject({
    only: ["torch", "cases"],
    names: ["lstm", "gru"],
    budgetMs: 500,
  });
  expect(() => parseOptions(["--only", "layer"])).toThrow(/--only: expected cases, .*got "layer"/);
  expect(() => parseOptions(["--budget", "soon"])).toThrow(/--budget: expected seconds, got "soon"/);
  expect(() => parseOptions(["--as", "gpu"])).toThrow(/--as: expected software, hardware/);
  expect(() => parseOptions(["--quick"])).toThrow(/--quick/);
});
