// Losses and gradients of CTC beside optax's (test/fixtures/ctc.py), and the oracle of our cases beside all paths written out.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compile, float32, gradients, int32, losses, mul, sum } from "../../src/node.ts";
import { ctcLosses } from "../../src/ops/alignment/ctc.ts";
import { assertClose } from "../cases/support/assert.ts";
import { array, integers, uniform } from "../reference/array.ts";
import * as reference from "../reference/ctc.ts";
import { device } from "../support/device.ts";
import { tolerance } from "../support/tolerance.ts";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/ctc.json", import.meta.url), "utf8"));
const [batch, steps] = fixture.shape as [number, number, number];

test("losses and gradients are optax's", async () => {
  const { blank } = fixture;
  using compiled = await compile(device, null, {
    inputs: {
      logits: float32(fixture.shape),
      targets: int32([batch, fixture.symbols]),
      lengths: int32([batch]),
      targetLengths: int32([batch]),
      weights: float32([batch]),
    },
    fn: ({ logits, targets, lengths, targetLengths, weights }) => {
      const options = { lengths, targetLengths, blank };
      const each = ctcLosses(logits, targets, options);
      const [gradient] = gradients(sum(mul(each, weights)), [logits]);
      return { each, gradient: gradient as NonNullable<typeof gradient>, mean: losses.ctc(logits, targets, options) };
    },
  });
  const { each, gradient, mean } = await compiled.run({
    logits: Float32Array.from(fixture.logits),
    targets: Int32Array.from(fixture.targets),
    lengths: fixture.lengths,
    targetLengths: fixture.targetLengths,
    weights: fixture.weights,
  });
  const allowed = tolerance.logarithms(steps);
  assertClose("losses", await each.read(), fixture.losses, allowed);
  assertClose("gradient", await gradient.read(), fixture.gradient, allowed);
  const expected = (fixture.losses as number[]).reduce((a, b) => a + b) / batch;
  assertClose("mean", await mean.read(), [expected], allowed);
});

test("an input out of range is named with its place", async () => {
  using compiled = await compile(device, null, {
    inputs: { logits: float32([1, 3, 4]), targets: int32([1, 2]), lengths: int32([1]), targetLengths: int32([1]) },
    fn: ({ logits, targets, ...options }) => losses.ctc(logits, targets, options),
  });
  const valid = { logits: new Float32Array(12), targets: [[1, 2]], lengths: [3], targetLengths: [2] };
  for (const [wrong, text] of [
    [{ targets: [[1, 4]] }, "ctc target"],
    [{ lengths: [4] }, "ctc length"],
    [{ lengths: [-1] }, "ctc length"],
    [{ targetLengths: [3] }, "ctc target length"],
  ] as const) {
    await expect(compiled.run({ ...valid, ...wrong })).rejects.toThrow(text);
  }
  // the blank is no symbol
  expect(await (await compiled.run({ ...valid, targets: [[0, 1]] })).read()).toEqual(Float32Array.of(Number.NaN));
});

test("the oracle adds up all paths", () => {
  for (const [time, classes, spelt, blank] of [
    [1, 2, [1], 0],
    [5, 3, [1, 1], 0],
    [5, 3, [0, 2], 1],
    [4, 4, [], 3],
    [6, 3, [2, 1, 2], 0],
    [3, 3, [1, 1, 1], 0],
  ] as const) {
    const logits = uniform([1, time, classes], time * classes, -2, 2);
    const targets = integers([1, Math.max(1, spelt.length)], spelt.length ? spelt : [0]);
    const [loss] = reference.ctcLosses(logits, targets, { blank, targetLengths: array([1], [spelt.length]) }).data;
    const expected = reference.ctcByEnumeration(logits, spelt, blank);
    if (Number.isFinite(expected)) expect(loss).toBeCloseTo(expected, 12);
    else expect(loss).toBe(expected);
  }
});
