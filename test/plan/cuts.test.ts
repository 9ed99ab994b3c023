// Where a long program is cut into several submits: before the budget of each is passed, never after.
import { describe, expect, test } from "vitest";
import { guessSeconds, submitCuts } from "../../src/plan/cuts.ts";
import type { PlannedDispatch } from "../../src/plan/program.ts";
import { adapterOf } from "./support.ts";

const dispatch = (flops: number): PlannedDispatch => ({
  pipeline: 0,
  bindGroup: 0,
  paramsOffset: 0,
  workgroups: [1, 1, 1],
  flops,
  bytes: 0,
});

describe.each([
  ["software", 1.5e9, 20e-6],
  ["hardware", 2e11, 5e-6],
] as const)("%s", (kind, speed, overhead) => {
  const adapter = adapterOf(kind);
  /** A dispatch that is taken to need so many seconds. */
  const lasting = (seconds: number) => dispatch((seconds - overhead) * speed);
  const cuts = (...seconds: number[]) => submitCuts(seconds.map(lasting), adapter);

  test("a dispatch is guessed by its operations and itself", () => {
    expect(guessSeconds(dispatch(0), kind)).toBe(overhead);
    expect(guessSeconds(dispatch(speed / 4), kind)).toBeCloseTo(0.25 + overhead, 12);
  });

  test("no submit takes more than its second, unless one dispatch does", () => {
    expect(cuts()).toEqual([]);
    expect(cuts(5)).toEqual([]);
    expect(cuts(5, 5)).toEqual([1]);
    expect(cuts(0.4, 0.59)).toEqual([]);
    expect(cuts(0.4, 0.61)).toEqual([1]);
    // each submit begins with a budget of its own
    expect(cuts(0.6, 0.6, 0.3, 0.6, 0.3)).toEqual([1, 3]);
    expect(cuts(0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3)).toEqual([3, 6]);
    expect(cuts(0.1, 5, 0.1)).toEqual([1, 2]);
    expect(cuts(3, 0.1, 0.1, 3, 0.6, 0.3)).toEqual([1, 3, 4]);
    expect(cuts(0.4, 0.4, 0.3, 0.3, 0.3, 0.3, 0.9, 0.2)).toEqual([2, 5, 6, 7]);
  });
});

test("a GPU is given the first parts of a long program early, an emulated one is not", () => {
  const short = (count: number) => Array.from({ length: count }, () => dispatch(0));
  expect(submitCuts(short(127), adapterOf("hardware"))).toEqual([]);
  expect(submitCuts(short(128), adapterOf("hardware"))).toEqual([16, 32, 64]);
  expect(submitCuts(short(1000), adapterOf("hardware"))).toEqual([125, 250, 500]);
  expect(submitCuts(short(1000), adapterOf("software"))).toEqual([]);
  // the budget cuts the parts further
  const long = Array.from({ length: 128 }, (_, i) => dispatch(i < 100 ? 0 : 2e11 * 0.9));
  expect(submitCuts(long, adapterOf("hardware")).slice(0, 5)).toEqual([16, 32, 64, 101, 102]);
});

test("exactly a second is within the budget", () => {
  const { flops } = dispatch(2e11 * (0.5 - 5e-6));
  const half = guessSeconds(dispatch(flops), "hardware");
  expect(half).toBe(0.5);
  expect(submitCuts([dispatch(flops), dispatch(flops), dispatch(flops)], adapterOf("hardware"))).toEqual([2]);
});
