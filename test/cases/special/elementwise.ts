/** Every unary and binary function on every pair of NaN, infinities and ordinary numbers, with its slope. */
import * as sg from "../../../src/index.ts";
import type { BinaryKind } from "../../../src/ops/elementwise/binary.ts";
import type { Gate } from "../../../src/ops/elementwise/gated-linear-unit.ts";
import type { UnaryKind } from "../../../src/ops/elementwise/unary.ts";
import { blend } from "../../../src/ops/elementwise/zoneout.ts";
import { array, broadcastTo, map, type NdArray, uniform, zip } from "../../reference/array.ts";
import * as reference from "../../reference/elementwise.ts";
import { concat, reshape, slice } from "../../reference/layout.ts";
import { sum } from "../../reference/reduce.ts";
import { tolerance } from "../../support/tolerance.ts";
import { SPECIALS, type SpecialRow, withNumber } from "./row.ts";

type Real = (x: number) => number;

/** A function by the engine and in float64, and its slope there; null: it has none. */
interface UnaryFunction {
  readonly f: (x: sg.Value) => sg.Value;
  readonly value: Real;
  readonly slope: Real | null;
}

const of =
  (f: (x: NdArray) => NdArray): Real =>
  (x) =>
    f(array([], [x])).data[0] as number;
const sigmoid = of(reference.sigmoid);
/** NaN of NaN, as it is of everything whose slope depends on the argument. */
const unlessNaN =
  (slope: Real): Real =>
  (x) =>
    Number.isNaN(x) ? x : slope(x);
const density: Real = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const twiceU: Real = (x) => 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
const hardSigmoid = of(reference.hardSigmoid);

/** IEEE 754's pow, which is not JavaScript's where the base is ±1. */
export function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY)) return 1;
  return x ** y;
}
const powers = (y: number): UnaryFunction => ({
  f: (x) => sg.pow(x, y),
  value: (x) => pow(x, y),
  slope: (x) => (y === 0 ? 0 : y * pow(x, y - 1)),
});

/** A new kind of unary function does not compile without a line here. */
const UNARY: Readonly<Record<UnaryKind, readonly UnaryFunction[]>> = {
  abs: [{ f: sg.abs, value: Math.abs, slope: Math.sign }],
  sign: [{ f: sg.sign, value: (x) => Number(x > 0) - Number(x < 0), slope: null }],
  exp: [{ f: sg.exp, value: Math.exp, slope: (x) => Math.exp(x) }],
  log: [{ f: sg.log, value: Math.log, slope: (x) => 1 / x }],
  sqrt: [{ f: sg.sqrt, value: Math.sqrt, slope: (x) => 0.5 / Math.sqrt(x) }],
  rsqrt: [{ f: sg.rsqrt, value: (x) => 1 / Math.sqrt(x), slope: (x) => -0.5 * (1 / Math.sqrt(x)) ** 3 }],
  reciprocal: [{ f: sg.reciprocal, value: (x) => 1 / x, slope: (x) => -((1 / x) ** 2) }],
  square: [{ f: sg.square, value: (x) => x * x, slope: (x) => 2 * x }],
  sin: [{ f: sg.sin, value: Math.sin, slope: Math.cos }],
  cos: [{ f: sg.cos, value: Math.cos, slope: (x) => -Math.sin(x) }],
  tanh: [{ f: sg.tanh, value: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2 }],
  sigmoid: [{ f: sg.sigmoid, value: sigmoid, slope: (x) => sigmoid(x) * (1 - sigmoid(x)) }],
  hard_sigmoid: [
    {
      f: sg.hardSigmoid,
      value: hardSigmoid,
      slope: unlessNaN((x) => (hardSigmoid(x) > 0 && hardSigmoid(x) < 1 ? 1 / 6 : 0)),
    },
    // flat from 1 and -1 on, to the bit
    {
      f: (x) => sg.hardSigmoid(x, 0.5),
      value: of((x) => reference.hardSigmoid(x, 0.5)),
      slope: unlessNaN((x) => (Math.abs(x) < 1 ? 0.5 : 0)),
    },
  ],
  relu: [{ f: sg.relu, value: (x) => Math.max(x, 0), slope: unlessNaN((x) => Number(x > 0)) }],
  leaky_relu: [
    {
      f: (x) => sg.leakyRelu(x, 0.25),
      value: (x) => (x > 0 ? x : 0.25 * x),
      slope: unlessNaN((x) => (x > 0 ? 1 : 0.25)),
    },
  ],
  softplus: [{ f: sg.softplus, value: of(reference.softplus), slope: sigmoid }],
  affine: [
    { f: (x) => sg.sub(1, sg.mul(x, 2)), value: (x) => 1 - 2 * x, slope: () => -2 },
    { f: (x) => sg.mul(x, 0), value: (x) => x * 0, slope: () => 0 },
    { f: (x) => sg.div(x, 0), value: (x) => x / 0, slope: () => Number.POSITIVE_INFINITY },
    {
      f: (x) => sg.add(x, Number.POSITIVE_INFINITY),
      value: (x) => x + Number.POSITIVE_INFINITY,
      slope: () => 1,
    },
    { f: sg.neg, value: (x) => -x, slope: () => -1 },
  ],
  pow: [3, -2, 0.5, 0, -1.5, 1, 100].map(powers),
  clamp: [
    {
      f: (x) => sg.clamp(x, -0.75, 1),
      value: (x) => Math.min(Math.max(x, -0.75), 1),
      slope: unlessNaN((x) => Number(x >= -0.75 && x <= 1)),
    },
  ],
  elu: [
    {
      f: (x) => sg.elu(x, 0.5),
      value: (x) => (x > 0 ? x : 0.5 * Math.expm1(x)),
      slope: (x) => (x > 0 ? 1 : 0.5 * Math.exp(x)),
    },
  ],
  gelu: [{ f: (x) => sg.gelu(x), value: of(reference.gelu), slope: (x) => reference.normalCdf(x) + x * density(x) }],
  gelu_tanh: [
    {
      f: (x) => sg.gelu(x, "tanh"),
      value: (x) => x * sigmoid(twiceU(x)),
      slope(x) {
        const s = sigmoid(twiceU(x));
        const rest = sigmoid(-twiceU(x));
        return s + x * s * rest * 2 * Math.sqrt(2 / Math.PI) * (1 + 0.134145 * x * x);
      },
    },
  ],
  silu: [{ f: sg.silu, value: (x) => x * sigmoid(x), slope: (x) => sigmoid(x) + x * sigmoid(x) * sigmoid(-x) }],
};

/** Zero, ordinary numbers on both sides of every threshold, one that exp overflows, and the special ones at both ends. */
const NUMBERS = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  0.5,
  -0.5,
  1,
  -1,
  0.25,
  -2,
  3,
  100,
  -100,
  Number.NaN,
] as const;

/** In each order of kernels: a length that is no multiple of four, and one that is. */
const LENGTHS = [NUMBERS.length * 5 - 1, NUMBERS.length * 6] as const;
const cycled = (length: number, numbers: readonly number[]): NdArray =>
  array(
    [length],
    Array.from({ length }, (_, i) => numbers[i % numbers.length] as number),
  );

export const unaryRows = (): SpecialRow[] =>
  Object.entries(UNARY).flatMap(([kind, functions]) =>
    functions.flatMap(({ f, value, slope }, k) =>
      LENGTHS.map((length) => ({
        label: `${kind} ${k} of ${length}`,
        f: ([x]: readonly sg.Value[]) => f(x as sg.Value),
        oracle: ([x]: readonly NdArray[]) => ({
          outputs: [map(x as NdArray, value)],
          gradients: ([g]: readonly NdArray[]) => [
            slope && reference.mul(g as NdArray, rounded(map(x as NdArray, slope))),
          ],
        }),
        tolerance: tolerance.special,
        fillings: [
          [
            cycled(
              length,
              NUMBERS.filter(Number.isFinite).filter((x) => Math.abs(x) < 4),
            ),
          ],
          [cycled(length, NUMBERS)],
        ],
      })),
    ),
  );

/** What overflows is infinite before it is multiplied. */
const rounded = (x: NdArray): NdArray => map(x, Math.fround);

type Binary = (a: number, b: number) => number;

interface BinaryFunction {
  readonly f: (a: sg.Value, b: sg.Value) => sg.Value;
  readonly value: Binary;
  /** Of the gradient g; null: it has none. */
  readonly slopes:
    | readonly [(a: number, b: number, g: number) => number, (a: number, b: number, g: number) => number]
    | null;
}

const comparison = (f: BinaryFunction["f"], holds: (a: number, b: number) => boolean): BinaryFunction => ({
  f,
  value: (a, b) => Number(holds(a, b)),
  slopes: null,
});
const chosen = (a: number, b: number, isChosen: boolean) =>
  Number.isNaN(a + b) && (Number.isNaN(a) || Number.isNaN(b)) ? Number.NaN : Number(isChosen);

/** A new kind of binary function does not compile without a line here; slopes of others are tested as such. */
const BINARY: Readonly<Record<Exclude<BinaryKind, `${string}_slope`>, BinaryFunction>> = {
  add: { f: sg.add, value: (a, b) => a + b, slopes: [(_a, _b, g) => g, (_a, _b, g) => g] },
  sub: { f: sg.sub, value: (a, b) => a - b, slopes: [(_a, _b, g) => g, (_a, _b, g) => -g] },
  mul: { f: sg.mul, value: (a, b) => a * b, slopes: [(_a, b, g) => g * b, (a, _b, g) => g * a] },
  div: { f: sg.div, value: (a, b) => a / b, slopes: [(_a, b, g) => g / b, (a, b, g) => -(g * (a / b)) / b] },
  maximum: {
    f: sg.maximum,
    value: Math.max,
    slopes: [(a, b, g) => g * chosen(a, b, b <= a), (a, b, g) => g * chosen(a, b, a < b)],
  },
  minimum: {
    f: sg.minimum,
    value: Math.min,
    slopes: [(a, b, g) => g * chosen(a, b, a <= b), (a, b, g) => g * chosen(a, b, b < a)],
  },
  pow: {
    f: sg.pow,
    value: pow,
    slopes: [
      (a, b, g) => (b === 0 ? g * 0 : g * (b * pow(a, b - 1))),
      (a, b, g) => (a === 0 && b >= 0 ? g * 0 : g * (pow(a, b) * Math.log(a))),
    ],
  },
  equal: comparison(sg.equal, (a, b) => a === b),
  less: comparison(sg.less, (a, b) => a < b),
  less_equal: comparison(sg.lessEqual, (a, b) => a <= b),
};

const OPERANDS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1, -1, 2, -1.5, 0.5, 3] as const;

/** Every pair of them, and as many more as make up a length. */
const pairsOf = (length: number, numbers: readonly number[]): [NdArray, NdArray] => [
  array(
    [length],
    Array.from({ length }, (_, i) => numbers[i % numbers.length] as number),
  ),
  array(
    [length],
    Array.from({ length }, (_, i) => numbers[Math.floor(i / numbers.length) % numbers.length] as number),
  ),
];

function binaryRow(label: string, { f, value, slopes }: BinaryFunction, fillings: SpecialRow["fillings"]): SpecialRow {
  return {
    label,
    f: ([a, b]) => f(a as sg.Value, b as sg.Value),
    oracle([a, b]) {
      const operands = [a as NdArray, b as NdArray] as const;
      return {
        outputs: [zip(...operands, value)],
        gradients: ([g]) =>
          operands.map((operand, i) => {
            if (!slopes) return null;
            const [x, y] = operands.map((each) => broadcastTo(each, (g as NdArray).shape)) as [NdArray, NdArray];
            const each = x.data.map((v, k) =>
              slopes[i as 0 | 1](v, y.data[k] as number, (g as NdArray).data[k] as number),
            );
            const whole = array((g as NdArray).shape, each);
            return operand.shape.length === whole.shape.length ? whole : reshape(sum(whole, 0), operand.shape);
          }),
      };
    },
    tolerance: tolerance.special,
    fillings,
  };
}

/** Columns by themselves: each special number in an operand of its own column. */
function broadcastFillings(): SpecialRow["fillings"] {
  const [a, b] = [uniform([3, 7], 1, 0.5, 2), uniform([7], 2, 0.5, 2)];
  const [left, right] = [
    SPECIALS.reduce((x, value, i) => withNumber(x, i + 7, value), a),
    SPECIALS.reduce((x, value, i) => withNumber(x, i + 3, value), b),
  ];
  return [
    [a, b],
    [left, right],
  ];
}

export const binaryRows = (): SpecialRow[] =>
  Object.entries(BINARY).flatMap(([kind, each]) => [
    ...[100, 101].map((length) =>
      binaryRow(`${kind} of ${length}`, each, [pairsOf(length, [1, 2, 0.5, 3]), pairsOf(length, OPERANDS)]),
    ),
    binaryRow(`${kind} broadcast`, each, broadcastFillings()),
  ]);

const GATE_KINDS: Readonly<Record<Gate, UnaryFunction>> = {
  sigmoid: UNARY.sigmoid[0] as UnaryFunction,
  relu: UNARY.relu[0] as UnaryFunction,
  gelu: UNARY.gelu[0] as UnaryFunction,
  gelu_tanh: UNARY.gelu_tanh[0] as UnaryFunction,
  silu: UNARY.silu[0] as UnaryFunction,
  identity: { f: (x) => x, value: (x) => x, slope: () => 1 },
};

/** Values and gates side by side: every pair. */
function gateFilling(numbers: readonly number[]): NdArray[] {
  const [values, gates] = pairsOf(100, numbers);
  return [concat([reshape(values, [20, 5]), reshape(gates, [20, 5])], 1)];
}

export const gateRows = (): SpecialRow[] =>
  Object.entries(GATE_KINDS).map(([gate, { value, slope }]) => {
    const halvesOf = (x: NdArray) => [slice(x, 1, 0, 5), slice(x, 1, 5, 10)] as const;
    return {
      label: `glu ${gate}`,
      f: ([x]: readonly sg.Value[]) => sg.glu(x as sg.Value, gate as Gate),
      oracle([x]: readonly NdArray[]) {
        const [values, gates] = halvesOf(x as NdArray);
        const open = map(gates, value);
        return {
          outputs: [reference.mul(values, open)],
          gradients: ([g]: readonly NdArray[]) => [
            concat(
              [
                reference.mul(g as NdArray, open),
                reference.mul(reference.mul(g as NdArray, values), map(gates, slope as Real)),
              ],
              1,
            ),
          ],
        };
      },
      tolerance: tolerance.special,
      fillings: [gateFilling([1, 0.5, -2, 3]), gateFilling(OPERANDS)],
    };
  });

export const selectRows = (): SpecialRow[] => [
  {
    label: "select",
    f: ([c, a, b]) => sg.select(c as sg.Value, a as sg.Value, b as sg.Value),
    oracle: ([c, a, b]) => ({
      outputs: [reference.select(c as NdArray, a as NdArray, b as NdArray)],
      gradients: ([g]) => [
        null,
        reference.select(c as NdArray, g as NdArray, 0),
        reference.select(c as NdArray, 0, g as NdArray),
      ],
    }),
    tolerance: tolerance.exact,
    fillings: [
      [cycled(100, [0, 1]), ...pairsOf(100, [1, 2])],
      [cycled(100, [0, 1, Number.NaN]), ...pairsOf(100, OPERANDS)],
    ],
  },
  {
    label: "zoneout",
    f: ([u, before, after]) => blend({ u, before, after } as Record<"u" | "before" | "after", sg.Value>, STAYS),
    oracle: ([u, before, after]) => {
      const stays = map(u as NdArray, (x) => Number(x < STAYS.below || (x >= STAYS.low && x < STAYS.high)));
      return {
        outputs: [reference.select(stays, before as NdArray, after as NdArray)],
        gradients: ([g]) => [null, reference.select(stays, g as NdArray, 0), reference.select(stays, 0, g as NdArray)],
      };
    },
    tolerance: tolerance.exact,
    fillings: [[cycled(100, [0, 0.125, 0.24, 0.25, 0.5, 0.75, 0.99]), ...pairsOf(100, OPERANDS)]],
  },
];

const STAYS = { below: 0.125, low: 0.25, high: 0.75 };
