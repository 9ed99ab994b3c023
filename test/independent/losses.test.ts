// Losses beside optax's and scikit-learn's (test/fixtures/losses.py).
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  compile,
  concat,
  float32,
  gradients,
  int32,
  logSoftmax,
  losses,
  reshape,
  stack,
  type Tensor,
  type Value,
} from "../../src/node.ts";
import { assertClose } from "../cases/support/assert.ts";
import { device } from "../support/device.ts";
import { tolerance } from "../support/tolerance.ts";

interface Fixture {
  readonly shape: readonly [number, number];
  readonly expected: Readonly<Record<string, { readonly mean: number; readonly weighed: number }>>;
  readonly classes: {
    readonly labels: readonly number[];
    readonly ignored: number;
    readonly classWeights: readonly number[];
    readonly soft: readonly number[];
    /** The loss and its gradient. */
    readonly expected: Readonly<Record<string, readonly number[]>>;
  };
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

type OfClasses = Readonly<Record<"x" | "labels" | "shares" | "soft" | "weights" | "classWeights", Value>>;
const { ignored: ignoreIndex } = fixture.classes;
const ofClasses: Readonly<Record<string, (v: OfClasses) => Value>> = {
  weights: ({ x, labels, weights }) => losses.crossEntropy(x, labels, { weights }),
  ignored: ({ x, labels }) => losses.crossEntropy(x, labels, { ignoreIndex }),
  "class weights": ({ x, labels, classWeights }) => losses.crossEntropy(x, labels, { classWeights }),
  all: ({ x, labels, ...options }) => losses.crossEntropy(x, labels, { ...pick(options), ignoreIndex }),
  smooth: ({ x, labels }) => losses.crossEntropy(x, labels, { labelSmoothing: 0.2 }),
  "smooth all": ({ x, labels, ...options }) =>
    losses.crossEntropy(x, labels, { ...pick(options), ignoreIndex, labelSmoothing: 0.2 }),
  soft: ({ x, soft, weights }) => losses.crossEntropy(x, soft, { weights }),
  "soft all": ({ x, soft, classWeights }) => losses.crossEntropy(x, soft, { classWeights, labelSmoothing: 0.2 }),
  likelihood: ({ x, labels, ...options }) =>
    losses.negativeLogLikelihood(logSoftmax(x), labels, { ...pick(options), ignoreIndex }),
  positive: ({ x, shares, classWeights }) => losses.binaryCrossEntropy(x, shares, { positiveWeight: classWeights }),
  "smooth binary": ({ x, shares }) => losses.binaryCrossEntropy(x, shares, { labelSmoothing: 0.2 }),
};
const pick = ({ weights, classWeights }: { weights: Value; classWeights: Value }) => ({ weights, classWeights });

test("losses of classes and their gradients are theirs", async () => {
  const { labels, classWeights, soft, expected } = fixture.classes;
  expect(Object.keys(expected)).toEqual(Object.keys(ofClasses));
  const { shape } = fixture;
  const matrix = float32(shape);
  using compiled = await compile(device, null, {
    inputs: {
      x: matrix,
      shares: matrix,
      soft: matrix,
      labels: int32([shape[0]]),
      weights: float32([shape[0]]),
      classWeights: float32([shape[1]]),
    },
    fn: (values) =>
      Object.fromEntries(
        Object.entries(ofClasses).map(([name, loss]) => {
          const value = loss(values);
          const [gradient] = gradients(value, [values.x]) as [Value];
          return [name, concat([reshape(value, [1]), reshape(gradient, [shape[0] * shape[1]])])];
        }),
      ),
  });
  const got = await compiled.run({
    x: Float32Array.from(fixture.x as number[]),
    shares: Float32Array.from(fixture.shares as number[]),
    weights: Float32Array.from(fixture.weights as number[]),
    soft: Float32Array.from(soft),
    classWeights: Float32Array.from(classWeights),
    labels: Int32Array.from(labels),
  });
  for (const [name, numbers] of Object.entries(expected)) {
    assertClose(name, await (got[name] as Tensor).read(), numbers, tolerance.softmax(35));
  }
});

test("a class to ignore may be any number, and others are refused", async () => {
  using compiled = await compile(device, null, {
    inputs: { x: float32([2, 3]), labels: int32([2]) },
    fn: ({ x, labels }) => losses.crossEntropy(x, labels, { ignoreIndex: 255 }),
  });
  const x = [
    [0, 0, 0],
    [Number.NaN, 1, 2],
  ];
  expect((await (await compiled.run({ x, labels: [1, 255] })).read())[0]).toBeCloseTo(Math.log(3), 6);
  await expect(compiled.run({ x, labels: [1, 3] })).rejects.toThrow(
    "crossEntropy target is 3 at position 1, expected at most 2 (negative: none), or 255",
  );
});
