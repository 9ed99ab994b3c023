// Connectionist temporal classification needs no dispatch for each step.
import { expect, test } from "vitest";
import { gradients, losses } from "../../src/index.ts";
import { input, plan } from "./support.ts";

test.each([3, 200])("forward and backward over %i steps take at most 12 dispatches", (steps) => {
  const logits = input([2, steps, 5]);
  const targets = input([2, 127], "int32");
  const loss = losses.ctc(logits, targets);
  const [gradient] = gradients(loss, [logits]);
  if (!gradient) throw new Error("no gradient");
  const { dispatches } = plan({ loss, gradient }, [logits, targets]);
  expect(dispatches.length).toBeGreaterThan(3);
  expect(dispatches.length).toBeLessThanOrEqual(12);
});
