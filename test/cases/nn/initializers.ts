import type { Case, CaseContext } from "../../../harness/case.ts";
import { compile, type Initializer, nn, Parameter } from "../../../src/index.ts";
import { STANDARD_ERRORS, tolerance } from "../../support/tolerance.ts";
import { assert, assertClose, assertSame } from "../support/assert.ts";

const { initializers } = nn;

class Weights extends nn.Module {
  readonly list: Parameter[];

  constructor(shapes: readonly (readonly number[])[], initializer: (shape: readonly number[]) => Initializer) {
    super();
    this.list = shapes.map((shape) => new Parameter(shape, initializer(shape)));
  }
}

/** Parameters of these shapes as they start. */
async function start(
  { device }: CaseContext,
  shapes: readonly (readonly number[])[],
  initializer: (shape: readonly number[]) => Initializer,
  seed = 0,
): Promise<Float32Array[]> {
  const model = new Weights(shapes, initializer);
  using _ = await compile(device, model, { inputs: {}, fn: () => model.list[0] as Parameter, seed });
  return [...(await model.stateDict(device)).values()].map(({ data }) => data);
}

const meanOf = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0) / x.length;

/** Expects mean and standard deviation, by their standard errors. `kurtosis` is E(x − μ)⁴ / σ⁴. */
function assertMoments(what: string, x: Float32Array, mean: number, std: number, kurtosis: number): void {
  const n = x.length;
  const gotMean = meanOf(x);
  const gotStd = Math.sqrt(meanOf(Array.from(x, (each) => (each - mean) ** 2)));
  const meanError = std / Math.sqrt(n);
  const stdError = (std / 2) * Math.sqrt((kurtosis - 1) / n);
  assert(Math.abs(gotMean - mean) <= STANDARD_ERRORS * meanError, `${what}: mean ${gotMean}, expected ${mean}`);
  assert(Math.abs(gotStd - std) <= STANDARD_ERRORS * stdError, `${what}: deviation ${gotStd}, expected ${std}`);
}

const range = (x: Float32Array): [number, number] => [
  x.reduce((a, b) => Math.min(a, b)),
  x.reduce((a, b) => Math.max(a, b)),
];

function assertRange(what: string, x: Float32Array, low: number, high: number): void {
  const [from, to] = range(x);
  assert(from >= Math.fround(low) && to <= Math.fround(high), `${what}: ${from} to ${to}, expected ${low} to ${high}`);
  // and uses it: the ends are reached within a hundredth
  const slack = 0.01 * (high - low);
  assert(from < low + slack && to > high - slack, `${what}: only ${from} to ${to}, expected ${low} to ${high}`);
}

const SHAPE = [101, 199] as const;
const UNIFORM_STD = 1 / Math.sqrt(12);
/** Deviation and kurtosis of a normal distribution cut off at two deviations. */
const TRUNCATED = { std: 0.879626, kurtosis: 2.3652 };

const distributions: readonly (readonly [
  name: string,
  make: (shape: readonly number[]) => Initializer,
  check: (x: Float32Array) => void,
])[] = [
  [
    "uniform",
    () => initializers.uniform(-1, 3),
    (x) => {
      assertRange("uniform", x, -1, 3);
      assertMoments("uniform", x, 1, 4 * UNIFORM_STD, 1.8);
    },
  ],
  ["normal", () => initializers.normal({ mean: 2, std: 0.5 }), (x) => assertMoments("normal", x, 2, 0.5, 3)],
  [
    "truncatedNormal",
    () => initializers.truncatedNormal({ mean: -1, std: 0.5 }),
    (x) => {
      assertRange("truncated", x, -2, 0);
      assertMoments("truncated", x, -1, 0.5 * TRUNCATED.std, TRUNCATED.kurtosis);
    },
  ],
  [
    "glorotUniform",
    initializers.glorotUniform,
    (x) => {
      const bound = Math.sqrt(6 / 300);
      assertRange("glorot", x, -bound, bound);
      assertMoments("glorot", x, 0, 2 * bound * UNIFORM_STD, 1.8);
    },
  ],
  ["heNormal", initializers.heNormal, (x) => assertMoments("he", x, 0, Math.sqrt(2 / 199), 3)],
];

/** Expects rows (or columns, where these are fewer) at right angles and of length `gain`. */
function assertOrthogonal(what: string, x: Float32Array, rows: number, columns: number, gain = 1): void {
  const at = (i: number, k: number) => (rows <= columns ? x[i * columns + k] : x[k * columns + i]) as number;
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const products = new Float64Array(count * count);
  const identity = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    identity[i * count + i] = gain * gain;
    for (let j = 0; j < count; j++) {
      for (let k = 0; k < length; k++)
        products[i * count + j] = (products[i * count + j] as number) + at(i, k) * at(j, k);
    }
  }
  assertClose(what, products, identity, tolerance.orthogonal(length));
}

export const initializerCases: readonly Case[] = [
  ...distributions.map(
    ([name, make, check]): Case => ({
      name: `initializer ${name}`,
      async run(context) {
        const [x, second, small] = (await start(context, [SHAPE, SHAPE, [3]], make, 5)) as [
          Float32Array,
          Float32Array,
          Float32Array,
        ];
        check(x);
        check(second);
        assert(
          small.every((each) => Number.isFinite(each)),
          "a parameter of three",
        );
        assert(x.filter((each, i) => each === second[i]).length < 20, "two parameters are the same");
        const [again] = await start(context, [SHAPE], make, 6);
        assert(x.filter((each, i) => each === again?.[i]).length < 20, "two seeds give the same");
      },
    }),
  ),
  {
    name: "initializer constant",
    async run(context) {
      const [zeros] = await start(context, [[65]], () => initializers.zero);
      const [halves] = await start(context, [[65]], () => initializers.constant(0.5));
      assertSame("zero", zeros ?? [], new Float32Array(65));
      assertSame("constant", halves ?? [], new Float32Array(65).fill(0.5));
    },
  },
  {
    name: "initializer orthogonal",
    async run(context) {
      const shapes = [
        [1, 1],
        [16, 40],
        [40, 16],
        [33, 33],
      ] as const;
      const found = await start(context, shapes, () => initializers.orthogonal(), 3);
      shapes.forEach(([rows, columns], i) => {
        assertOrthogonal(`[${rows}, ${columns}]`, found[i] as Float32Array, rows, columns);
      });
      const gates = (await start(context, [[64, 16]], () => initializers.orthogonal({ blocks: 4, gain: 2 })))[0];
      for (let gate = 0; gate < 4; gate++) {
        const block = (gates as Float32Array).subarray(gate * 256, (gate + 1) * 256);
        assertOrthogonal(`block ${gate}`, block, 16, 16, 2);
      }
    },
  },
  {
    name: "initializers repeat by seed",
    async run({ device }) {
      // a fresh device's parameters would be drawn alike; here the model is placed again on the same device
      const states: Float32Array[][] = [];
      for (let i = 0; i < 2; i++) {
        const model = new nn.LSTM(5, 7, { numLayers: 2 });
        using _ = await compile(device, model, { inputs: {}, fn: () => model.parameters()[0] as Parameter, seed: 11 });
        states.push([...(await model.stateDict(device)).values()].map(({ data }) => data));
      }
      (states[0] as Float32Array[]).forEach((data, i) => {
        assertSame(`parameter ${i}`, states[1]?.[i] ?? [], data);
      });
    },
  },
];
