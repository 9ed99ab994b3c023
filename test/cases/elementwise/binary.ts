import { array, type NdArray, uniform } from "../../reference/array.ts";
import { type Tolerance, tolerance } from "../../support/tolerance.ts";
import { type Check, opCase } from "../support/check.ts";
import type { Ops } from "../support/ops.ts";
import { LENGTHS } from "./unary.ts";

type Shape = readonly number[];

/** Every way in which two shapes broadcast; the second list is longer than a workgroup. */
const PATTERNS: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[], [5]],
  [[5], []],
  [[1], [5]],
  [[3, 5], [5]],
  [[5], [3, 5]],
  [
    [3, 1],
    [3, 5],
  ],
  [
    [2, 3, 5],
    [2, 1, 5],
  ],
  [
    [2, 1, 5],
    [1, 3, 1],
  ],
  [
    [13, 1],
    [1, 65],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 5],
  ],
  [
    [2, 1, 2, 1, 3],
    [1, 2, 1, 2, 1],
  ],
  [
    [2, 1, 3, 1, 2, 1],
    [1, 2, 1, 2, 1, 3],
  ],
];

interface Function {
  readonly name: string;
  readonly f: <T>(o: Ops<T>, a: T | number, b: T | number) => T;
  readonly tolerance: Tolerance;
  /** Ranges of the operands where the function is smooth. */
  readonly a?: readonly [number, number];
  readonly b?: readonly [number, number];
}

const functions: readonly Function[] = [
  { name: "add", f: (o, a, b) => o.add(a, b), tolerance: tolerance.arithmetic },
  { name: "sub", f: (o, a, b) => o.sub(a, b), tolerance: tolerance.arithmetic },
  { name: "mul", f: (o, a, b) => o.mul(a, b), tolerance: tolerance.arithmetic },
  { name: "div", f: (o, a, b) => o.div(a, b), tolerance: tolerance.arithmetic, b: [0.5, 2] },
  { name: "pow", f: (o, a, b) => o.pow(a, b), tolerance: tolerance.power, a: [0.2, 2], b: [-1.5, 2.5] },
  // ranges that overlap, but with seeds for which no two numbers meet
  { name: "maximum", f: (o, a, b) => o.maximum(a, b), tolerance: tolerance.exact },
  { name: "minimum", f: (o, a, b) => o.minimum(a, b), tolerance: tolerance.exact },
];

const binaryChecks = ({ name, f, tolerance: allowed, a = [-2, 2], b = [-2, 2] }: Function): Check[] => {
  const check = (label: string, left: Shape, right: Shape): Check => ({
    label: `${name} ${label} [${left}] [${right}]`,
    inputs: [uniform(left, 11 + left.length, ...a), uniform(right, 23 + right.length, ...b)],
    f: (o, [x, y]) => f(o, x, y),
    tolerance: allowed,
    gradients: allowed === tolerance.power ? allowed : tolerance.reduction(16),
  });
  return [
    ...PATTERNS.map(([left, right]) => check("broadcast", left, right)),
    ...LENGTHS.map((length) => check("equal shapes", [length], [length])),
    {
      ...check("numbers", [7], [7]),
      f: (o, [x, y]) => [f(o, x, 1.25), f(o, 1.5, y)],
    },
  ];
};

/** Comparisons on numbers of which many are equal. */
const few = (shape: Shape, seed: number): NdArray => {
  const x = uniform(shape, seed, 0, 3);
  return array(x.shape, x.data.map(Math.floor));
};

const comparisons = ["equal", "less", "lessEqual", "greater", "greaterEqual"] as const;

export const binaryCases = [
  ...functions.map((each) => opCase(`binary ${each.name}`, () => binaryChecks(each))),
  opCase("binary comparisons", () =>
    comparisons.flatMap((name) =>
      [...PATTERNS, [[129], [129]] as const].map(
        ([left, right]): Check => ({
          label: `${name} [${left}] [${right}]`,
          inputs: [few(left, 5), few(right, 6)],
          f: (o, [x, y]) => [o[name](x, y), o[name](x, 1), o[name](1, y)],
          tolerance: tolerance.exact,
          gradients: false,
        }),
      ),
    ),
  ),
  opCase("binary one value twice", () => [
    {
      label: "x with itself",
      inputs: [uniform([65], 1, 0.5, 2)],
      f: (o, [x]) => [o.add(x, x), o.sub(x, x), o.mul(x, x), o.div(x, x)],
      tolerance: tolerance.arithmetic,
      gradients: tolerance.elementwise,
    },
    {
      label: "x with a stretched part of itself",
      inputs: [uniform([5, 7], 2, 0.5, 2)],
      f: (o, [x]) => o.mul(x, o.sum(x, 1, { keepDims: true })),
      tolerance: tolerance.reduction(7),
      gradients: tolerance.reduction(35),
    },
  ]),
  opCase("select", () =>
    (
      [
        [[], [], []],
        [[5], [5], [5]],
        [[129], [129], [129]],
        [[3, 1], [5], []],
        [[5], [3, 1], [3, 5]],
        [
          [2, 1, 3],
          [1, 4, 1],
          [2, 1, 1],
        ],
      ] as const
    ).map(
      ([condition, a, b]): Check => ({
        label: `select [${condition}] [${a}] [${b}]`,
        inputs: [uniform(condition, 3), uniform(a, 4), uniform(b, 5)],
        f: (o, [c, x, y]) => {
          const where = o.greater(c, 0);
          return [o.select(where, x, y), o.select(where, x, -1.5), o.select(where, 0.5, y)];
        },
        tolerance: tolerance.exact,
        gradients: tolerance.reduction(24),
      }),
    ),
  ),
];
