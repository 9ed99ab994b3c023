/** Functions of elements and their slopes as WGSL of one element: a part of what fused loops fetch. */
import { literal, number } from "../../graph/element.ts";
import type { ElementPlace } from "../../graph/element-rule.ts";
import type { BinaryKind } from "./binary.ts";
import type { Unary } from "./unary.ts";

type Place = Pick<ElementPlace<unknown>, "each">;

/** f(x), as `kernels/elementwise/lib/unary.wgsl` has it; null where a parameter is no finite number. `x` is a name. */
export function unaryElement({ kind, alpha, beta }: Unary, x: string, { each }: Place): string | null {
  const [a, b] = [number(alpha), number(beta)];
  switch (kind) {
    case "abs":
      return `abs(${x})`;
    case "sign":
      return `select(Real(), Real(1), ${x} > Real()) - select(Real(), Real(1), ${x} < Real())`;
    case "exp":
      return each((n) => `exponential(${n})`, x);
    case "log":
      return each((n) => `logarithm(${n})`, x);
    case "sqrt":
      return `sqrt(${x})`;
    case "rsqrt":
      return `inverseSqrt(${x})`;
    case "reciprocal":
      return `1.0 / ${x}`;
    case "square":
      return `${x} * ${x}`;
    case "sin":
      return each((n) => `sine(${n})`, x);
    case "cos":
      return each((n) => `cosine(${n})`, x);
    case "tanh":
      return `safe_tanh(${x})`;
    case "sigmoid":
      return `sigmoid(${x})`;
    case "hard_sigmoid":
      return a && b && each((n) => `limited(${a} * ${n} + ${b}, 0.0, 1.0)`, x);
    case "relu":
      return `select(${x}, Real(), ${x} <= Real())`;
    case "leaky_relu":
      return a && `select(${a} * ${x}, ${x}, ${x} > Real())`;
    case "softplus":
      return each((n) => `softplus(${n})`, x);
    case "affine":
      return affine(x, alpha, beta);
    case "pow":
      return a && each((n) => `power(${n}, ${a})`, x);
    case "clamp":
      return limited(x, alpha, beta);
    case "elu":
      return a && each((n) => `select(${a} * expm1_negative(${n}), ${n}, ${n} > 0.0)`, x);
    case "gelu":
    case "gelu_tanh":
    case "silu":
      return each((n) => `${kind}(${n})`, x);
  }
}

function affine(x: string, alpha: number, beta: number): string | null {
  const [a, b] = [literal(alpha), literal(beta)];
  if (a === null || b === null) return null;
  if (beta === 0) return alpha === 1 ? x : alpha === -1 ? `-${x}` : `${a} * ${x}`;
  if (alpha === -1) return `${b} - ${x}`;
  return alpha === 1 ? `${x} + ${b}` : `${a} * ${x} + ${b}`;
}

/** Comparisons in the direction in which NaN stays. A bound that is infinite binds nothing. */
function limited(x: string, low: number, high: number): string | null {
  if (Number.isNaN(low) || Number.isNaN(high) || low === Number.POSITIVE_INFINITY) return null;
  if (high === Number.NEGATIVE_INFINITY) return null;
  const [least, most] = [literal(low), literal(high)];
  const raised = least ? `select(${x}, ${least}, ${x} < ${least})` : x;
  return most ? `select(${raised}, ${most}, ${raised} > ${most})` : raised;
}

/** Of a clamp, beyond whose finite bounds it is 0. */
function slopeWithin(x: string, beyond: readonly (string | null)[]): string {
  const bounds = beyond.filter((bound) => bound !== null).join(" || ");
  const within = `select(1.0, ${x}, is_nan(${x}))`;
  return bounds ? `select(${within}, 0.0, ${bounds})` : within;
}

/** f'(x) from what the forward pass saved, as `kernels/elementwise/lib/unary-backward.wgsl` has it. `s` is a name. */
export function slopeElement({ kind, alpha, beta }: Unary, s: string, { each }: Place): string | null {
  const [a, b] = [number(alpha), number(beta)];
  switch (kind) {
    case "abs":
      return `select(select(${s}, Real(-1), ${s} < Real()), Real(1), ${s} > Real())`;
    case "exp":
      return s;
    case "log":
      return `1.0 / ${s}`;
    case "sqrt":
      return `0.5 / ${s}`;
    case "rsqrt":
      return `-0.5 * ${s} * ${s} * ${s}`;
    case "reciprocal":
      return `-${s} * ${s}`;
    case "square":
      return `2.0 * ${s}`;
    case "sin":
      return each((n) => `cosine(${n})`, s);
    case "cos":
      return each((n) => `-sine(${n})`, s);
    case "tanh":
      return `1.0 - ${s} * ${s}`;
    case "sigmoid":
      return `${s} * (1.0 - ${s})`;
    case "hard_sigmoid":
      return a && b && each((n) => `hard_sigmoid_slope(${n}, ${a}, ${b})`, s);
    case "relu":
      return `select(${s}, Real(1), ${s} > Real())`;
    case "leaky_relu":
      return a && `select(select(${s}, Real(${a}), ${s} <= Real()), Real(1), ${s} > Real())`;
    case "softplus":
      return each((n) => `stable_sigmoid(${n})`, s);
    case "pow":
      return a && each((n) => `power_slope(${n}, ${a})`, s);
    case "clamp":
      return each((n) => slopeWithin(n, [a && `${n} < ${a}`, b && `${n} > ${b}`]), s);
    case "elu":
      return a && each((n) => `select(${a} * exponential(${n}), 1.0, ${n} > 0.0)`, s);
    case "gelu":
    case "gelu_tanh":
    case "silu":
      return each((n) => `${kind}_derivative(${n})`, s);
    default:
      return null;
  }
}

/** The function of two elements, as `kernels/elementwise/lib/binary.wgsl` has it. */
export function binaryElement(kind: BinaryKind, a: string, b: string, { each }: Place): string {
  const sign = OPERATORS[kind];
  if (sign !== undefined) return `${a} ${sign} ${b}`;
  const comparison = { equal: "==", less: "<", less_equal: "<=" }[kind as string];
  if (comparison !== undefined) return `select(Real(), Real(1), ${a} ${comparison} ${b})`;
  const name = { maximum: "larger", minimum: "smaller", pow: "power" }[kind as string] ?? kind;
  return each((x, y) => `${name}(${x}, ${y})`, a, b);
}

const OPERATORS: Partial<Record<BinaryKind, string>> = { add: "+", sub: "-", mul: "*", div: "/" };
