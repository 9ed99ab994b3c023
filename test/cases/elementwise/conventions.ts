import type { Case } from "../../../harness/case.ts";
import * as sg from "../../../src/index.ts";
import { float32, type Value } from "../../../src/index.ts";
import { assert, assertSame } from "../support/assert.ts";

type Unary = (x: Value) => Value;

/** Derivatives that are a matter of choice, because there is a kink: what seqgrad has at `at`. */
const kinks: readonly (readonly [name: string, f: Unary, at: number, derivative: number])[] = [
  ["abs", sg.abs, 0, 0],
  ["sign", sg.sign, 0, 0],
  ["relu", sg.relu, 0, 0],
  ["leakyRelu", (x) => sg.leakyRelu(x, 0.25), 0, 0.25],
  ["elu", (x) => sg.elu(x, 0.5), 0, 0.5],
  ["clamp below", (x) => sg.clamp(x, -1, 2), -1, 1],
  ["clamp above", (x) => sg.clamp(x, -1, 2), 2, 1],
  ["hardSigmoid below", (x) => sg.hardSigmoid(x, 0.5, 0.5), -1, 0],
  ["hardSigmoid above", (x) => sg.hardSigmoid(x, 0.5, 0.5), 1, 0],
  ["pow 0 of 0", (x) => sg.pow(x, 0), 0, 0],
  ["pow 1 of 0", (x) => sg.pow(x, 1), 0, 1],
  ["pow 2 of 0", (x) => sg.pow(x, 2), 0, 0],
  ["select", (x) => sg.select(sg.greater(x, 0), sg.mul(x, 2), sg.mul(x, 3)), 0, 3],
];

export const conventionCases: readonly Case[] = [
  {
    name: "derivatives at kinks",
    async run({ device }) {
      using compiled = await sg.compile(device, null, {
        inputs: kinks.map(() => float32([1])),
        fn: (inputs) =>
          inputs.map((x, i) => {
            const [, f] = kinks[i] as (typeof kinks)[number];
            return sg.gradients(sg.sum(f(x)), [x])[0] ?? sg.zeros([1]);
          }),
      });
      const found = await compiled.run(kinks.map(([, , at]) => Float32Array.of(at)));
      const got = await Promise.all(found.map((tensor) => tensor.read().then(([value]) => value as number)));
      kinks.forEach(([name, , at, derivative], i) => {
        assertSame(`${name} at ${at}`, [got[i] as number], [derivative]);
      });
    },
  },
  {
    name: "where two operands are equal the gradient goes to the first",
    async run({ device }) {
      using compiled = await sg.compile(device, null, {
        inputs: { a: float32([2]), b: float32([2]) },
        fn({ a, b }) {
          const [toA, toB] = sg.gradients(sg.add(sg.sum(sg.maximum(a, b)), sg.sum(sg.minimum(a, b))), [a, b]);
          return { toA: toA as Value, toB: toB as Value };
        },
      });
      const { toA, toB } = await compiled.run({ a: [1, 2], b: [1, 3] });
      assertSame("first", await toA.read(), [2, 1]);
      assertSame("second", await toB.read(), [0, 1]);
    },
  },
  {
    name: "stopGradient takes its operand as a constant",
    async run({ device }) {
      using compiled = await sg.compile(device, null, {
        inputs: { x: float32([3]) },
        fn({ x }) {
          const y = sg.mul(sg.stopGradient(x), x);
          return { y, gradient: sg.gradients(sg.sum(y), [x])[0] as Value };
        },
      });
      const { y, gradient } = await compiled.run({ x: [1, -2, 3] });
      assertSame("value", await y.read(), [1, 4, 9]);
      assertSame("gradient", await gradient.read(), [1, -2, 3]);
    },
  },
  {
    name: "no overflow on the way to what is finite",
    async run({ device }) {
      const functions: readonly Unary[] = [
        sg.tanh,
        sg.sigmoid,
        sg.softplus,
        sg.silu,
        sg.elu,
        sg.gelu,
        (x) => sg.gelu(x, "tanh"),
        sg.softmax,
        sg.logSoftmax,
      ];
      using compiled = await sg.compile(device, null, {
        inputs: { x: float32([4]) },
        fn: ({ x }) =>
          functions.map((f) => {
            const y = f(x);
            return { y, gradient: sg.gradients(sg.sum(y), [x])[0] as Value };
          }),
      });
      compiled.replay.poison();
      const results = await compiled.run({ x: [-1.5e38, -1000, 1000, 1.5e38] });
      for (const [i, { y, gradient }] of results.entries()) {
        for (const [what, tensor] of Object.entries({ y, gradient })) {
          const values = await tensor.read();
          assert(values.every(Number.isFinite), `function ${i}: ${what} is ${[...values]}`);
        }
      }
    },
  },
];
