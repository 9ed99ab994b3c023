// Losses and gradients of CTC beside optax's (test/fixtures/ctc.py), of RNN-T beside those of JAX (test/fixtures/rnnt.py), and the
// oracles of our cases beside all alignments written out.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile, float32, gradients, int32, losses, mul, sum } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { array, integers, uniform } from "../reference/array.ts";
import * as ctc from "../reference/ctc.ts";
import * as rnnt from "../reference/rnnt.ts";
import { device } from "../support/device.ts";
import { tolerance } from "../support/tolerance.ts";

describe.each(["ctc", "rnnt"] as const)("%s", (name) => {
  const loss = losses[name];

  test("losses and gradients are the independent ones", async () => {
    const fixture = JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8"));
    const { blank, shape } = fixture;
    const [batch, steps] = shape as [number, number];
    using compiled = await compile(device, null, {
      inputs: {
        logits: float32(shape),
        targets: int32([batch, fixture.symbols]),
        lengths: int32([batch]),
        targetLengths: int32([batch]),
        weights: float32([batch]),
      },
      fn: ({ logits, targets, lengths, targetLengths, weights }) => {
        const options = { lengths, targetLengths, blank };
        const each = loss(logits, targets, { ...options, reduction: "none" });
        const [gradient] = gradients(sum(mul(each, weights)), [logits]);
        return { each, gradient: gradient as NonNullable<typeof gradient>, mean: loss(logits, targets, options) };
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
    const shape = name === "ctc" ? [1, 3, 4] : [1, 3, 3, 4];
    using compiled = await compile(device, null, {
      inputs: { logits: float32(shape), targets: int32([1, 2]), lengths: int32([1]), targetLengths: int32([1]) },
      fn: ({ logits, targets, ...options }) => loss(logits, targets, options),
    });
    const logits = new Float32Array(shape.reduce((a, b) => a * b));
    const valid = { logits, targets: [[1, 2]], lengths: [3], targetLengths: [2] };
    for (const [wrong, text] of [
      [{ targets: [[1, 4]] }, `${name} target`],
      [{ lengths: [4] }, `${name} length`],
      [{ lengths: [-1] }, `${name} length`],
      [{ targetLengths: [3] }, `${name} target length`],
    ] as const) {
      await expect(compiled.run({ ...valid, ...wrong })).rejects.toThrow(text);
    }
    // the blank is no symbol
    expect(await (await compiled.run({ ...valid, targets: [[0, 1]] })).read()).toEqual(Float32Array.of(Number.NaN));
  });
});

const oracles = {
  ctc: { losses: ctc.ctcLosses, byEnumeration: ctc.ctcByEnumeration },
  rnnt: { losses: rnnt.rnntLosses, byEnumeration: rnnt.rnntByEnumeration },
};

test.each(["ctc", "rnnt"] as const)("the oracle of %s adds up all alignments", (name) => {
  for (const [time, classes, spelt, blank] of [
    [1, 2, [1], 0],
    [5, 3, [1, 1], 0],
    [5, 3, [0, 2], 1],
    [4, 4, [], 3],
    [6, 3, [2, 1, 2], 0],
    [3, 3, [1, 1, 1], 0],
    [2, 4, [3, 1, 1, 2], 0],
  ] as const) {
    const symbols = Math.max(1, spelt.length);
    const shape = [1, time, ...(name === "ctc" ? [] : [symbols + 1]), classes];
    const logits = uniform(shape, time * classes, -2, 2);
    const targets = integers([1, symbols], spelt.length ? spelt : [0]);
    const options = { blank, targetLengths: array([1], [spelt.length]) };
    const [loss] = oracles[name].losses(logits, targets, options).data;
    const expected = oracles[name].byEnumeration(logits, spelt, blank);
    if (Number.isFinite(expected)) expect(loss).toBeCloseTo(expected, 12);
    else expect(loss).toBe(expected);
  }
});
