/** Operations on each element by itself. */
import { DtypeError, UnsupportedError } from "../errors.ts";
import type { Op, Slot } from "../graph/op.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf, stridesOf } from "../graph/shape.ts";
import { applyOne, ConstantValue, Value } from "../graph/value.ts";
import { lowerCopy, mergeAxes } from "./copy.ts";
import { invertOrder, permute, permutedRows, reshape } from "./layout.ts";
import { broadcastStrides, broadcastTo, stackedSpec, sumTo } from "./reduce.ts";
import { linearWorkgroups } from "./workgroups.ts";

/** Unary functions; each is a variant of `kernels/elementwise_unary.wgsl` and of its backward kernel. */
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
  | "power"
  | "clamp"
  | "elu"
  | "gelu"
  | "gelu_tanh"
  | "silu";

/** Functions whose derivative is cheapest from their result; the others keep their argument. */
const SAVES_OUTPUT: ReadonlySet<UnaryKind> = new Set(["exp", "sqrt", "rsqrt", "reciprocal", "tanh", "sigmoid", "relu"]);

interface Unary {
  readonly kind: UnaryKind;
  readonly alpha: number;
  readonly beta: number;
}

const unaryOp: Op<Unary> = {
  name: "unary",
  gradient({ inputs, outputs, attributes }, [g]) {
    if (!g) return [undefined];
    const { kind, alpha } = attributes;
    if (kind === "affine") return [unary("affine", g, alpha, 0)];
    if (kind === "sign") return [undefined];
    const saved = (SAVES_OUTPUT.has(kind) ? outputs[0] : inputs[0]) as Value;
    return [applyOne(unaryBackwardOp, [g, saved], attributes, g)];
  },
  vectorize: ({ attributes: { kind, alpha, beta } }, [x]) => [unary(kind, x as Value, alpha, beta)],
  lower({ inputs, outputs, attributes: { kind, alpha, beta } }, to) {
    const x = to.slot(inputs[0] as Value);
    const y = to.output(outputs[0] as Value);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: "elementwise_unary",
      variant: kind,
      bind: { x, y },
      params: { size, alpha, beta },
      workgroups: linearWorkgroups(size),
      flops: size,
    });
  },
};

const unaryBackwardOp: Op<Unary> = {
  name: "unaryBackward",
  vectorize({ outputs, attributes }, inputs, stacked, length) {
    const [g, saved] = inputs.map((x, i) => (stacked[i] ? x : broadcastTo(x, [length, ...x.shape])));
    return [
      applyOne(unaryBackwardOp, [g as Value, saved as Value], attributes, stackedSpec(outputs[0] as Value, length)),
    ];
  },
  lower({ inputs, outputs, attributes: { kind, alpha, beta } }, to) {
    const d_x = to.output(outputs[0] as Value);
    const size = sizeOf(d_x.shape);
    to.dispatch({
      kernel: "elementwise_unary_backward",
      variant: kind,
      bind: { d_y: to.slot(inputs[0] as Value), saved: to.slot(inputs[1] as Value), d_x },
      params: { size, alpha, beta },
      workgroups: linearWorkgroups(size),
      flops: 2 * size,
    });
  },
};

function unary(kind: UnaryKind, x: Value, alpha = 0, beta = 0): Value {
  requireFloat(kind, x);
  const rows = permutedRows(x);
  if (rows) return permute(unary(kind, rows.source, alpha, beta), rows.order);
  return applyOne(unaryOp, [x], { kind, alpha, beta }, x);
}

function requireFloat(op: string, ...values: Value[]): void {
  for (const value of values) {
    if (value.dtype !== "float32") throw new DtypeError(`${op}: operand is ${value.dtype}, expected float32`);
  }
}

export const abs = (x: Value): Value => unary("abs", x);
/** -1, 0 or 1; its gradient is zero. */
export const sign = (x: Value): Value => unary("sign", x);
export const exp = (x: Value): Value => unary("exp", x);
/** Natural logarithm. */
export const log = (x: Value): Value => unary("log", x);
export const sqrt = (x: Value): Value => unary("sqrt", x);
export const rsqrt = (x: Value): Value => unary("rsqrt", x);
export const reciprocal = (x: Value): Value => unary("reciprocal", x);
export const square = (x: Value): Value => unary("square", x);
export const sin = (x: Value): Value => unary("sin", x);
export const cos = (x: Value): Value => unary("cos", x);
export const tanh = (x: Value): Value => unary("tanh", x);
export const sigmoid = (x: Value): Value => unary("sigmoid", x);
/** clamp(alpha·x + beta, 0, 1); the defaults are PyTorch's, ONNX and Keras 2 use alpha 0.2. */
export const hardSigmoid = (x: Value, alpha = 1 / 6, beta = 0.5): Value => unary("hard_sigmoid", x, alpha, beta);
export const relu = (x: Value): Value => unary("relu", x);
export const leakyRelu = (x: Value, negativeSlope = 0.01): Value => unary("leaky_relu", x, negativeSlope);
export const softplus = (x: Value): Value => unary("softplus", x);
export const elu = (x: Value, alpha = 1): Value => unary("elu", x, alpha);
/** x·Φ(x) (Hendrycks and Gimpel 2016), exact by erf or by the tanh approximation. */
export const gelu = (x: Value, approximate: "none" | "tanh" = "none"): Value =>
  unary(approximate === "tanh" ? "gelu_tanh" : "gelu", x);
export const silu = (x: Value): Value => unary("silu", x);
export const clamp = (x: Value, minimum: number, maximum: number): Value => unary("clamp", x, minimum, maximum);
export const neg = (x: Value): Value => unary("affine", x, -1, 0);

/** Binary functions; each is a variant of `kernels/elementwise_binary.wgsl`. */
export type BinaryKind =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "maximum"
  | "minimum"
  | "power"
  | "equal"
  | "less"
  | "less_equal";

interface Binary {
  readonly kind: BinaryKind;
}

const BINARY_GRADIENTS: Record<BinaryKind, ((a: Value, b: Value, y: Value, g: Value) => [Value, Value]) | null> = {
  add: (_a, _b, _y, g) => [g, g],
  sub: (_a, _b, _y, g) => [g, neg(g)],
  mul: (a, b, _y, g) => [mul(g, b), mul(g, a)],
  div: (_a, b, y, g) => [div(g, b), neg(div(mul(g, y), b))],
  // where both are equal the gradient goes to a, as to the branch that a comparison would take
  maximum: (a, b, _y, g) => [mul(g, lessEqual(b, a)), mul(g, less(a, b))],
  minimum: (a, b, _y, g) => [mul(g, lessEqual(a, b)), mul(g, less(b, a))],
  power: (a, b, y, g) => [mul(g, mul(b, power(a, sub(b, 1)))), mul(g, mul(y, log(a)))],
  equal: null,
  less: null,
  less_equal: null,
};

const binaryOp: Op<Binary> = {
  name: "binary",
  gradient({ inputs, outputs, attributes: { kind } }, [g], needed) {
    const rule = BINARY_GRADIENTS[kind];
    if (!g || !rule) return [undefined, undefined];
    const [a, b] = inputs as [Value, Value];
    const [da, db] = rule(a, b, outputs[0] as Value, g);
    return [needed[0] ? sumTo(da, a.shape) : undefined, needed[1] ? sumTo(db, b.shape) : undefined];
  },
  vectorize({ inputs: originals, outputs, attributes: { kind } }, inputs, stacked, length) {
    const rank = (outputs[0] as Value).rank;
    // a stacked operand of lower rank gets axes of 1 behind its time axis, so that it still aligns at the last axis
    const [a, b] = inputs.map((x, i) => {
      const { shape } = originals[i] as Value;
      return stacked[i] ? reshape(x, [length, ...new Array<number>(rank - shape.length).fill(1), ...shape]) : x;
    });
    return [binary(kind, a as Value, b as Value)];
  },
  lower({ inputs, outputs, attributes: { kind } }, to) {
    const [a, b] = inputs.map((input) => to.slot(input)) as [Slot, Slot];
    const y = to.output(outputs[0] as Value);
    const size = sizeOf(y.shape);
    const common = { variant: kind, bind: { a, b, y }, workgroups: linearWorkgroups(size), flops: size };
    const step = (x: Slot) => (sizeOf(x.shape) === size ? 1 : sizeOf(x.shape) === 1 ? 0 : null);
    const [aStride, bStride] = [step(a), step(b)];
    if (aStride !== null && bStride !== null) {
      to.dispatch({ kernel: "elementwise_binary", params: { size, a_stride: aStride, b_stride: bStride }, ...common });
      return;
    }
    const merged = mergeAxes(y.shape, broadcastStrides(a.shape, y.shape), broadcastStrides(b.shape, y.shape));
    const rank = merged.extents.length;
    if (rank > 6) throw new UnsupportedError(`${kind}: broadcasting over ${rank} separate axes, expected at most 6`);
    const params: Record<string, number> = { size };
    for (let i = 0; i < 6; i++) {
      const axis = rank - 6 + i;
      params[`d${i}`] = merged.extents[axis] ?? 1;
      params[`a_s${i}`] = merged.a[axis] ?? 0;
      params[`b_s${i}`] = merged.b[axis] ?? 0;
    }
    to.dispatch({ kernel: "elementwise_binary_broadcast", params, ...common });
  },
};

function binary(kind: BinaryKind, a: Value, b: Value): Value {
  requireFloat(kind, a, b);
  const pulled = pullPermutation(kind, a, b);
  if (pulled) return pulled;
  const shape = broadcastShapes(kind, a.shape, b.shape);
  return applyOne(binaryOp, [a, b], { kind }, { shape, dtype: "float32" });
}

/** `f(permute(a), permute(b))` with equal orders, or with an operand that only spans the last axis: permute the result. */
function pullPermutation(kind: BinaryKind, a: Value, b: Value): Value | null {
  const [pa, pb] = [permutedRows(a), permutedRows(b)];
  const lastAxisOnly = (x: Value) => sizeOf(x.shape) === (x.shape.at(-1) ?? 1);
  if (pa && pb && sameShape(pa.order, pb.order)) return permute(binary(kind, pa.source, pb.source), pa.order);
  if (pa && lastAxisOnly(b) && b.rank <= a.rank) return permute(binary(kind, pa.source, b), pa.order);
  if (pb && lastAxisOnly(a) && a.rank <= b.rank) return permute(binary(kind, a, pb.source), pb.order);
  return null;
}

/** A value, or a number that is taken as a constant of shape []. */
export type Operand = Value | number;

export const scalar = (x: number): Value => new ConstantValue(Float32Array.of(x), { shape: [], dtype: "float32" });
const lift = (x: Operand): Value => (x instanceof Value ? x : scalar(x));

/** Elementwise with NumPy's broadcasting; numbers are taken as constants. */
export function add(a: Operand, b: Operand): Value {
  if (typeof b === "number") return unary("affine", lift(a), 1, b);
  if (typeof a === "number") return unary("affine", b, 1, a);
  return binary("add", a, b);
}

export function sub(a: Operand, b: Operand): Value {
  if (typeof b === "number") return unary("affine", lift(a), 1, -b);
  if (typeof a === "number") return unary("affine", b, -1, a);
  return binary("sub", a, b);
}

export function mul(a: Operand, b: Operand): Value {
  if (typeof b === "number") return unary("affine", lift(a), b, 0);
  if (typeof a === "number") return unary("affine", b, a, 0);
  return binary("mul", a, b);
}

export function div(a: Operand, b: Operand): Value {
  if (typeof b === "number") return unary("affine", lift(a), 1 / b, 0);
  return a === 1 ? reciprocal(b) : binary("div", lift(a), b);
}

/** a to the power of b; a constant integer exponent takes negative bases. */
export function power(a: Operand, b: Operand): Value {
  return typeof b === "number" ? unary("power", lift(a), b) : binary("power", lift(a), b);
}

export const maximum = (a: Operand, b: Operand): Value => binary("maximum", lift(a), lift(b));
export const minimum = (a: Operand, b: Operand): Value => binary("minimum", lift(a), lift(b));
/** Comparisons give float32 1 or 0. */
export const equal = (a: Operand, b: Operand): Value => binary("equal", lift(a), lift(b));
export const less = (a: Operand, b: Operand): Value => binary("less", lift(a), lift(b));
export const lessEqual = (a: Operand, b: Operand): Value => binary("less_equal", lift(a), lift(b));
export const greater = (a: Operand, b: Operand): Value => less(b, a);
export const greaterEqual = (a: Operand, b: Operand): Value => lessEqual(b, a);

const selectOp: Op<null> = {
  name: "select",
  gradient({ inputs }, [g], needed) {
    if (!g) return [undefined, undefined, undefined];
    const condition = inputs[0] as Value;
    const zero = scalar(0);
    return [
      undefined,
      needed[1] ? select(condition, g, zero) : undefined,
      needed[2] ? select(condition, zero, g) : undefined,
    ];
  },
  vectorize(_, inputs, stacked, length) {
    const [c, a, b] = inputs.map((x, i) => (stacked[i] ? x : broadcastTo(x, [length, ...x.shape])));
    return [select(c as Value, a as Value, b as Value)];
  },
  lower({ inputs, outputs }, to) {
    const [condition, a, b] = inputs.map((input) => to.slot(input)) as [Slot, Slot, Slot];
    const y = to.output(outputs[0] as Value);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: "select",
      bind: { condition, a, b, y },
      params: { size },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** Where `condition` is not 0 the element of `a`, else that of `b`; all three broadcast. */
export function select(condition: Value, a: Operand, b: Operand): Value {
  const [x, y] = [lift(a), lift(b)];
  requireFloat("select", condition, x, y);
  const shape: Shape = broadcastShapes("select", condition.shape, broadcastShapes("select", x.shape, y.shape));
  const operands = [condition, x, y].map((value) => broadcastTo(value, shape));
  return applyOne(selectOp, operands, null, { shape, dtype: "float32" });
}

const identityOp: Op<null> = {
  name: "identity",
  gradient: (_, [g]) => [g],
  vectorize: (_, [x]) => [x as Value],
  lower({ inputs, outputs }, to) {
    const x = to.slot(inputs[0] as Value);
    const strides = stridesOf(x.shape);
    lowerCopy(to, x.shape, x, strides, to.output(outputs[0] as Value), strides);
  },
};

/** A copy with memory of its own. */
export const identity = (x: Value): Value => applyOne(identityOp, [x], null, x);

/** Undoes `permutedRows` on an operand that goes along, such as targets beside logits. */
export const unpermute = (x: Value, order: readonly number[]): Value => permute(x, invertOrder(order));
