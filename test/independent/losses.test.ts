// Losses beside optax's and scikit-learn's (test/fixtures/losses.py).
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile, type Device, float32, logSoftmax, losses, openDevice, stack, type Value } from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { tolerance } from "../support/tolerance.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

interface Fixture {
  readonly shape: readonly [number, number];
  readonly expected: Readonly<Record<string, { readonly mean: number; readonly weighed: number }>>;
  readonly [numbers: string]: unknown;
}
const fixture: Fixture = JSON.parse(readFileSync(new URL("../fixtures/losses.json", import.meta.url), "utf8"));

type Inputs = Readonly<Record<"x" | "y" | "signs" | "shares", Value>>;
const ours: Readonly<Record<string, (v: Inputs, options: losses.LossOptions) => Value>> = {
  squares: ({ x, y }, options) => losses.meanSquaredError(x, y, options),
  magnitudes: ({ x, y }, options) => losses.meanAbsoluteError(x, y, options),
  huber: ({ x, y }, options) => losses.huber(x, y, { ...options, delta: 0.7 }),
  hinge: ({ x, signs }, options) => losses.hinge(x, signs, options),
  binary: ({ x, shares }, options) => losses.binaryCrossEntropy(x, shares, options),
  divergence: ({ x, shares }, options) => losses.klDivergence(logSoftmax(x), shares, options),
  "divergence of logarithms": ({ x, y }, options) =>
    losses.klDivergence(logSoftmax(x), logSoftmax(y), { ...options, logTargets: true }),
  cosine: ({ x, y }, options) => losses.cosineDistance(x, y, options),
  quantile: ({ x, y }, options) => losses.quantile(x, y, { ...options, quantile: 0.8 }),
};

test("losses are theirs, with weights for rows and without", async () => {
  expect(Object.keys(fixture.expected).sort()).toEqual(Object.keys(ours).sort());
  const names = Object.keys(ours);
  const { shape } = fixture;
  const matrix = float32(shape);
  using compiled = await compile(device, null, {
    inputs: { x: matrix, y: matrix, signs: matrix, shares: matrix, weights: float32([shape[0]]) },
    fn: ({ weights, ...values }) =>
      stack(
        names.flatMap((name) =>
          [{}, { weights }].map((options) => (ours[name] as (typeof ours)[string])(values, options)),
        ),
      ),
  });
  const given = (name: string) => Float32Array.from(fixture[name] as number[]);
  const got = await compiled.run({
    x: given("x"),
    y: given("y"),
    signs: given("signs"),
    shares: given("shares"),
    weights: given("weights"),
  });
  const expected = names.flatMap((name) => Object.values(fixture.expected[name] as object) as number[]);
  assertClose(names.join(), await got.read(), expected, tolerance.softmax(35));
});
