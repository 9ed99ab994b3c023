import { expect, test } from "vitest";
import type { AdapterProfile } from "../../src/graph/op.ts";
import { guessSeconds, submitCuts } from "../../src/plan/cuts.ts";
import type { PlannedDispatch } from "../../src/plan/program.ts";

const dispatch = (flops: number): PlannedDispatch => ({
  pipeline: 0,
  bindGroup: 0,
  paramsOffset: 0,
  workgroups: [1, 1, 1],
  flops,
  bytes: 0,
});

test.for(["software", "hardware"] as const)("every submit has the whole budget of a second (%s)", (kind) => {
  const one = guessSeconds(dispatch(0), kind);
  const second = (guessSeconds(dispatch(1e9), kind) - one) / 1e9;
  const of = (seconds: number) => dispatch((seconds - one) / second);
  const cuts = (...costs: number[]) => submitCuts(costs.map(of), { kind } as AdapterProfile);
  expect(cuts(...new Array(9).fill(0.4))).toEqual([2, 4, 6, 8]);
  expect(cuts(0.4, 0.4, 0.3, 0.3, 0.3, 0.3, 0.9, 0.2)).toEqual([2, 5, 6, 7]);
  // one that is too long by itself is alone, and what comes behind it begins anew
  expect(cuts(3, 0.1, 0.1, 3, 0.6, 0.3)).toEqual([1, 3, 4]);
  expect(cuts(0.49, 0.49)).toEqual([]);
});
