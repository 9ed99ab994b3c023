import { array, broadcastShape, broadcastTo, map, type NdArray, zip } from "./array.ts";

export type Operand = NdArray | number;

const lift = (x: Operand): NdArray => (typeof x === "number" ? array([], [x]) : x);

/** erf by the series of positive terms where it converges fast. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc for z > 2 by its continued fraction, from the inside out. */
function erfcTail(z: number): number {
  let fraction = z;
  for (let k = 80; k > 0; k--) fraction = z + k / 2 / fraction;
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / fraction;
}

export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const upper = z > 2.5 ? 0.5 * erfcTail(z) : 0.5 * (1 - erf(z));
  return x < 0 ? upper : 1 - upper;
}

const sigmoidOf = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplusOf = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const geluTanh = (x: number): number => x * sigmoidOf(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));

export const abs = (x: NdArray) => map(x, Math.abs);
export const sign = (x: NdArray) => map(x, Math.sign);
export const exp = (x: NdArray) => map(x, Math.exp);
export const log = (x: NdArray) => map(x, Math.log);
export const sqrt = (x: NdArray) => map(x, Math.sqrt);
export const rsqrt = (x: NdArray) => map(x, (v) => 1 / Math.sqrt(v));
export const reciprocal = (x: NdArray) => map(x, (v) => 1 / v);
export const square = (x: NdArray) => map(x, (v) => v * v);
export const sin = (x: NdArray) => map(x, Math.sin);
export const cos = (x: NdArray) => map(x, Math.cos);
export const tanh = (x: NdArray) => map(x, Math.tanh);
export const sigmoid = (x: NdArray) => map(x, sigmoidOf);
export const hardSigmoid = (x: NdArray, alpha = 1 / 6, beta = 0.5) =>
  map(x, (v) => Math.min(1, Math.max(0, alpha * v + beta)));
export const relu = (x: NdArray) => map(x, (v) => Math.max(v, 0));
export const leakyRelu = (x: NdArray, slope = 0.01) => map(x, (v) => (v > 0 ? v : slope * v));
export const softplus = (x: NdArray) => map(x, softplusOf);
export const elu = (x: NdArray, alpha = 1) => map(x, (v) => (v > 0 ? v : alpha * Math.expm1(v)));
export const gelu = (x: NdArray, approximate: "none" | "tanh" = "none") =>
  map(x, approximate === "tanh" ? geluTanh : (v) => v * normalCdf(v));
export const silu = (x: NdArray) => map(x, (v) => v * sigmoidOf(v));
export const clamp = (x: NdArray, low: number, high: number) => map(x, (v) => Math.min(Math.max(v, low), high));
export const neg = (x: NdArray) => map(x, (v) => -v);

const binary = (f: (a: number, b: number) => number) => (a: Operand, b: Operand) => zip(lift(a), lift(b), f);

export const add = binary((a, b) => a + b);
export const sub = binary((a, b) => a - b);
export const mul = binary((a, b) => a * b);
export const div = binary((a, b) => a / b);
export const pow = binary((a, b) => a ** b);
export const maximum = binary(Math.max);
export const minimum = binary(Math.min);
export const equal = binary((a, b) => Number(a === b));
export const less = binary((a, b) => Number(a < b));
export const lessEqual = binary((a, b) => Number(a <= b));
export const greater = binary((a, b) => Number(a > b));
export const greaterEqual = binary((a, b) => Number(a >= b));

export function select(condition: NdArray, a: Operand, b: Operand): NdArray {
  const [x, y] = [lift(a), lift(b)];
  const shape = broadcastShape([condition.shape, x.shape, y.shape]);
  const [c, whenTrue, whenFalse] = [condition, x, y].map((v) => broadcastTo(v, shape)) as [NdArray, NdArray, NdArray];
  return array(
    shape,
    c.data.map((v, i) => (v !== 0 ? whenTrue.data[i] : whenFalse.data[i]) as number),
  );
}
