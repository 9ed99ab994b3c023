/**
 * Some cases with the kernels that hardware adapters choose, and all else that follows from the choice. All of them: `npm run hosts
 * -- --as hardware`. Cases of many kernels run with both choices anyway.
 */
import { expect, test } from "vitest";
import { runCases } from "../../harness/hosts/index.ts";

const names = [
  "compiled outputs feed the next run",
  "dropout rate and scale",
  "embedding, little to be looked up",
  "matmul nn small",
  "matmul bias",
  "attention unseen: [2,2,1,6,13,8,8] bias 1,2, lengths 13,9",
  "gru takes a dispatch per step each way, reset before",
  "rnn takes a dispatch per step each way, or one in all",
  "trainer carries state, no gradient across steps",
  "trainer repeats to the bit, and makes nothing after the first step",
  "training: 20 steps, 1 layer, twice the same bits",
  "optimizer sgd clipped by more than the norm",
];

test("a dozen cases pass on Node as on hardware", { timeout: 600_000 }, async () => {
  const { adapter, results } = await runCases("node", { filter: (name) => names.includes(name), as: "hardware" });
  expect(adapter).toContain("(hardware)");
  expect(results.map(({ name }) => name).sort()).toEqual([...names].sort());
  expect(results.filter(({ ok }) => !ok).map(({ name, error }) => `${name}: ${error}`)).toEqual([]);
});
