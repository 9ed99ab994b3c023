import { array, type NdArray, uniform } from "../../reference/array.ts";
import { plus, type Tolerance, tolerance } from "../../support/tolerance.ts";
import { opCase } from "../support/check.ts";
import type { Ops } from "../support/ops.ts";

/** Lengths: one, odd, around a workgroup of 64 and two of them, a multiple of four and not. */
export const LENGTHS = [1, 3, 63, 64, 65, 127, 129, 132] as const;

interface Function {
  readonly name: string;
  readonly f: <T>(o: Ops<T>, x: T) => T;
  /** Range of ordinary arguments. */
  readonly range: readonly [number, number];
  /** Where the derivative jumps: arguments keep away from there. */
  readonly kinks?: readonly number[];
  /** Arguments at the ends of what the function is good for. */
  readonly extremes: readonly number[];
  readonly tolerance?: Tolerance;
  readonly extreme?: Tolerance;
}

const LARGE = [-1e4, -100, -30, -20, -9.5, 0, 1e-6, -1e-6, 9.5, 20, 30, 100, 1e4];
const POSITIVE = [1e-3, 0.1, 1, 1e3, 1e6];

const functions: readonly Function[] = [
  { name: "abs", f: (o, x) => o.abs(x), range: [-2, 2], kinks: [0], extremes: [-1e30, 1e30, 1e-6] },
  { name: "sign", f: (o, x) => o.sign(x), range: [-2, 2], kinks: [0], extremes: [-1e30, 1e30, 1e-6] },
  {
    name: "exp",
    f: (o, x) => o.exp(x),
    range: [-2, 2],
    extremes: [-80, -20, 0, 1e-6, 20, 80],
    extreme: tolerance.exponential(80),
  },
  { name: "log", f: (o, x) => o.log(x), range: [0.1, 4], extremes: POSITIVE },
  { name: "sqrt", f: (o, x) => o.sqrt(x), range: [0.1, 4], extremes: POSITIVE },
  { name: "rsqrt", f: (o, x) => o.rsqrt(x), range: [0.1, 4], extremes: POSITIVE },
  { name: "reciprocal", f: (o, x) => o.reciprocal(x), range: [0.2, 2], extremes: [-1e6, -1, -1e-3, 1e-3, 1, 1e6] },
  { name: "square", f: (o, x) => o.square(x), range: [-2, 2], extremes: [-1e6, 0, 1e-6, 1e6] },
  { name: "sin", f: (o, x) => o.sin(x), range: [-4, 4], extremes: [-1000, -100, 0, 1e-6, 10, 1000] },
  { name: "cos", f: (o, x) => o.cos(x), range: [-4, 4], extremes: [-1000, -100, 0, 1e-6, 10, 1000] },
  { name: "tanh", f: (o, x) => o.tanh(x), range: [-3, 3], extremes: LARGE },
  { name: "sigmoid", f: (o, x) => o.sigmoid(x), range: [-4, 4], extremes: LARGE },
  { name: "hardSigmoid", f: (o, x) => o.hardSigmoid(x), range: [-5, 5], kinks: [-3, 3], extremes: LARGE },
  {
    name: "hardSigmoid alpha 0.2",
    f: (o, x) => o.hardSigmoid(x, 0.2),
    range: [-5, 5],
    kinks: [-2.5, 2.5],
    extremes: LARGE,
  },
  { name: "relu", f: (o, x) => o.relu(x), range: [-2, 2], kinks: [0], extremes: [-1e30, 1e-6, 1e30] },
  { name: "leakyRelu", f: (o, x) => o.leakyRelu(x, 0.2), range: [-2, 2], kinks: [0], extremes: [-1e30, 1e-6, 1e30] },
  { name: "softplus", f: (o, x) => o.softplus(x), range: [-4, 4], extremes: LARGE },
  { name: "elu", f: (o, x) => o.elu(x, 1), range: [-4, 4], kinks: [0], extremes: LARGE.filter((x) => x !== 0) },
  { name: "elu alpha 0.5", f: (o, x) => o.elu(x, 0.5), range: [-4, 4], kinks: [0], extremes: [-1e4, 1e4] },
  { name: "gelu", f: (o, x) => o.gelu(x), range: [-4, 4], extremes: LARGE, tolerance: tolerance.normalCdf },
  { name: "gelu tanh", f: (o, x) => o.gelu(x, "tanh"), range: [-4, 4], extremes: LARGE },
  { name: "silu", f: (o, x) => o.silu(x), range: [-4, 4], extremes: LARGE },
  { name: "clamp", f: (o, x) => o.clamp(x, -0.5, 1), range: [-2, 2], kinks: [-0.5, 1], extremes: [-1e30, 0, 1e30] },
  { name: "neg", f: (o, x) => o.neg(x), range: [-2, 2], extremes: [-1e30, 0, 1e30] },
  { name: "add number", f: (o, x) => o.add(o.add(x, 0.25), o.add(2, x)), range: [-2, 2], extremes: [-1e6, 0, 1e6] },
  { name: "sub number", f: (o, x) => o.mul(o.sub(x, 0.25), o.sub(2, x)), range: [-2, 2], extremes: [-100, 0, 100] },
  { name: "mul number", f: (o, x) => o.mul(o.mul(x, -1.5), 0.5), range: [-2, 2], extremes: [-1e6, 0, 1e6] },
  { name: "div number", f: (o, x) => o.add(o.div(x, 3), o.div(1, x)), range: [0.5, 2], extremes: [0.1, 10] },
  { name: "pow 3", f: (o, x) => o.pow(x, 3), range: [-2, 2], extremes: [-100, 0, 100] },
  { name: "pow -2", f: (o, x) => o.pow(x, -2), range: [-2, -0.5], extremes: [-100, -0.1, 0.1, 100] },
  {
    name: "pow 1.7",
    f: (o, x) => o.pow(x, 1.7),
    range: [0.1, 2],
    extremes: [1e-3, 1, 1e3],
    tolerance: tolerance.power,
    extreme: tolerance.power,
  },
  {
    name: "pow of large integers",
    f: (o, x) => o.sub(o.pow(x, 67), o.pow(x, 66)),
    range: [-1.05, -0.95],
    extremes: [-1.5, -1, -0.5],
    tolerance: tolerance.power,
    extreme: tolerance.power,
  },
  { name: "pow 0", f: (o, x) => o.pow(x, 0), range: [-2, 2], extremes: [-1, 0, 1] },
];

/** Moves arguments that lie near a kink. */
const clear = (x: NdArray, kinks: readonly number[]): NdArray =>
  array(
    x.shape,
    x.data.map((value) => {
      const near = kinks.find((kink) => Math.abs(value - kink) < 0.02);
      return near === undefined ? value : Math.fround(near + 0.05);
    }),
  );

export const unaryCases = functions.map(({ name, f, range, kinks = [], extremes, ...own }) =>
  opCase(`unary ${name}`, () => {
    const ordinary = own.tolerance ?? tolerance.elementwise;
    const far = own.extreme ?? plus(tolerance.extreme(Math.min(100, Math.max(...extremes.map(Math.abs)))), ordinary);
    return [
      ...LENGTHS.map((length) => ({
        label: `${name} of ${length}`,
        inputs: [clear(uniform([length], length, ...range), kinks)],
        f: <T>(o: Ops<T>, [x]: readonly [T, ...T[]]) => f(o, x),
        tolerance: ordinary,
      })),
      {
        label: `${name} of extremes`,
        inputs: [array([extremes.length], extremes.map(Math.fround))],
        f: <T>(o: Ops<T>, [x]: readonly [T, ...T[]]) => f(o, x),
        tolerance: far,
      },
    ];
  }),
);
