// Losses of targets that are not aligned need no dispatch for each step.
import { expect, test } from "vitest";
import { gradients, losses } from "../../src/index.ts";
import { input, plan } from "./support.ts";

test.each([
  ["ctc", 3],
  ["ctc", 200],
  ["rnnt", 3],
  ["rnnt", 200],
] as const)("%s forward and backward over %i steps take at most 12 dispatches", (name, steps) => {
  const logits = input(name === "ctc" ? [2, steps, 5] : [2, steps, 128, 5]);
  const targets = input([2, 127], "int32");
  const loss = losses[name](logits, targets);
  const [gradient] = gradients(loss, [logits]);
  if (!gradient) throw new Error("no gradient");
  const { dispatches } = plan({ loss, gradient }, [logits, targets]);
  expect(dispatches.length).toBeGreaterThan(3);
  expect(dispatches.length).toBeLessThanOrEqual(12);
});
