/** Functions of each element by itself. */

import { DtypeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { isFloat, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { aNumber, checkArgument, oneOf, required } from "../../options.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { permute, permutedRows } from "../layout/layout.ts";
import { stackAll, stackedSpec } from "../rows/reduce.ts";

/** Unary functions; each is a variant of `kernels/elementwise/elementwise_unary.wgsl` and of its backward kernel. */
export type UnaryKind =
  | "abs"
  | "sign"
  | "exp"
  | "log"
  | "sqrt"
  | "rsqrt"
  | "reciprocal"
  | "square"
  | "sin"
  | "cos"
  | "tanh"
  | "sigmoid"
  | "hard_sigmoid"
  | "relu"
  | "leaky_relu"
  | "softplus"
  | "affine"
  | "pow"
  | "clamp"
  | "elu"
  | "gelu"
  | "gelu_tanh"
  | "silu";

/** Functions whose derivative is cheapest from their result; the others keep their argument. */
const SAVES_OUTPUT: ReadonlySet<UnaryKind> = new Set(["exp", "sqrt", "rsqrt", "reciprocal", "tanh", "sigmoid", "relu"]);

export interface Unary {
  readonly kind: UnaryKind;
  readonly alpha: number;
  readonly beta: number;
}

const unaryOp: Op<Unary, { readonly x: Value }> = {
  name: "unary",
  gradient({ inputs: { x }, outputs: { y }, attributes }, { y: g }) {
    const { kind, alpha } = attributes;
    if (kind === "affine") return { x: unary("affine", g, alpha, 0) };
    if (kind === "sign") return {};
    const saved = SAVES_OUTPUT.has(kind) ? y : x;
    return { x: applyOne(unaryBackwardOp, { g, saved }, attributes, g) };
  },
  vectorize: ({ attributes: { kind, alpha, beta } }, { x }) => ({ y: unary(kind, x, alpha, beta) }),
  element: {
    write: ({ inputs: { x }, attributes }, place) => place.unary(attributes, place.of(x)),
  },
  lower({ inputs, outputs, attributes: { kind, alpha, beta } }, to) {
    const x = to.slot(inputs.x);
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    const vectors = inVectors(size, x, y);
    to.dispatch({
      kernel: vectors ? kernels.elementwise_unary_vectors : kernels.elementwise_unary_numbers,
      variant: kind,
      bind: { x, y },
      params: { size, alpha, beta },
      workgroups: linearWorkgroups(vectors ? size / LANES : size),
      flops: size,
    });
  },
};

const unaryBackwardOp: Op<Unary, { readonly g: Value; readonly saved: Value }> = {
  name: "unaryBackward",
  vectorize: ({ outputs: { y }, attributes }, inputs, stacked, length) => ({
    y: applyOne(unaryBackwardOp, stackAll(inputs, stacked, length), attributes, stackedSpec(y, length)),
  }),
  element: {
    write({ inputs: { g, saved }, attributes }, place) {
      const slope = place.slope(attributes, place.of(saved));
      return slope && `${place.of(g)} * (${slope})`;
    },
  },
  lower({ inputs, outputs, attributes: { kind, alpha, beta } }, to) {
    const { g: d_y, saved } = to.slots(inputs);
    const d_x = to.output(outputs.y);
    const size = sizeOf(d_x.shape);
    const vectors = inVectors(size, d_y, saved, d_x);
    to.dispatch({
      kernel: vectors ? kernels.elementwise_unary_vectors_backward : kernels.elementwise_unary_numbers_backward,
      variant: kind,
      bind: { d_y, saved, d_x },
      params: { size, alpha, beta },
      workgroups: linearWorkgroups(vectors ? size / LANES : size),
      flops: 2 * size,
    });
  },
};

/** alpha and beta as in the kernel. */
export function unary(kind: UnaryKind, x: Value, alpha = 0, beta = 0): Value {
  requireFloat(kind, x);
  checkArgument(kind, "a parameter", alpha, aNumber);
  checkArgument(kind, "a parameter", beta, aNumber);
  const rows = permutedRows(x);
  if (rows) return permute(unary(kind, rows.source, alpha, beta), rows.order);
  return applyOne(unaryOp, { x }, { kind, alpha, beta }, x);
}

export function requireFloat(op: string, ...values: Value[]): void {
  for (const value of values) {
    requireValues(op, { operand: value });
    if (!isFloat(value.dtype)) throw new DtypeError(`${op}: operand is ${value.dtype}, expected float32`);
  }
}

/** |x|, element by element. Its gradient at 0 is 0. */
export const abs = (x: Value): Value => unary("abs", x);
/** -1, 0 or 1; its gradient is zero. */
export const sign = (x: Value): Value => unary("sign", x);
/** eˣ, element by element; ∞ above about 88.7. */
export const exp = (x: Value): Value => unary("exp", x);
/** Natural logarithm. */
export const log = (x: Value): Value => unary("log", x);
/** √x, element by element; NaN of negative numbers. */
export const sqrt = (x: Value): Value => unary("sqrt", x);
/** 1 / √x, element by element. */
export const rsqrt = (x: Value): Value => unary("rsqrt", x);
/** 1 / x, element by element. */
export const reciprocal = (x: Value): Value => unary("reciprocal", x);
/** x², element by element. */
export const square = (x: Value): Value => unary("square", x);
/** Sine of x in radians, element by element. */
export const sin = (x: Value): Value => unary("sin", x);
/** Cosine of x in radians, element by element. */
export const cos = (x: Value): Value => unary("cos", x);
/** Hyperbolic tangent, element by element. */
export const tanh = (x: Value): Value => unary("tanh", x);
/** 1 / (1 + e⁻ˣ), element by element. */
export const sigmoid = (x: Value): Value => unary("sigmoid", x);
/** clamp(alpha·x + beta, 0, 1); the defaults are PyTorch's, ONNX and Keras 2 use alpha 0.2. */
export const hardSigmoid = (x: Value, alpha = 1 / 6, beta = 0.5): Value => unary("hard_sigmoid", x, alpha, beta);
/** max(x, 0), element by element. Its gradient at 0 is 0; NaN stays NaN. */
export const relu = (x: Value): Value => unary("relu", x);
/** x for x > 0, else negativeSlope · x, element by element; the slope is 0.01. */
export const leakyRelu = (x: Value, negativeSlope = 0.01): Value => unary("leaky_relu", x, negativeSlope);
/** log(1 + eˣ), element by element. */
export const softplus = (x: Value): Value => unary("softplus", x);
/** x for x > 0, else alpha · (eˣ − 1), element by element (Clevert et al. 2015); alpha is 1. */
export const elu = (x: Value, alpha = 1): Value => unary("elu", x, alpha);
/** x·Φ(x) (Hendrycks and Gimpel 2016), exact by erf or by the tanh approximation. */
export function gelu(x: Value, approximate: "none" | "tanh" = "none"): Value {
  checkArgument("gelu", "approximate", approximate, oneOf("none", "tanh"));
  return unary(approximate === "tanh" ? "gelu_tanh" : "gelu", x);
}
/** x · sigmoid(x), element by element (also called swish). */
export const silu = (x: Value): Value => unary("silu", x);
/** Within `minimum` to `maximum`, either of which may be infinite. */
export function clamp(x: Value, minimum: number, maximum: number): Value {
  checkArgument("clamp", "minimum", minimum, required(aNumber));
  checkArgument("clamp", "maximum", maximum, required(aNumber));
  return unary("clamp", x, minimum, maximum);
}
/** −x, element by element. */
export const neg = (x: Value): Value => unary("affine", x, -1, 0);
