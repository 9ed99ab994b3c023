/** Operations on the elements of two operands, with NumPy's broadcasting. */
import { UnsupportedError } from "../errors.ts";
import type { Op, Slot } from "../graph/op.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf } from "../graph/shape.ts";
import { applyOne, ConstantValue, Value } from "../graph/value.ts";
import { mergeAxes } from "./copy.ts";
import { invertOrder, permute, permutedRows, reshape } from "./layout.ts";
import { lowerMoves, moveWhole } from "./moves.ts";
import { broadcastStrides, broadcastTo, sumTo } from "./reduce.ts";
import { neg, reciprocal, requireFloat, unary } from "./unary.ts";
import { inVectors, LANES } from "./vectors.ts";
import { linearWorkgroups } from "./workgroups.ts";

/** Binary functions and slopes of them; each is a variant of `kernels/elementwise_binary.wgsl`. */
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
  | "less_equal"
  | "less_slope"
  | "less_equal_slope"
  | "power_base_slope"
  | "power_exponent_slope";

interface Binary {
  readonly kind: BinaryKind;
}

/** Variants of `kernels/elementwise_binary_vectors.wgsl`. */
const IN_VECTORS: ReadonlySet<BinaryKind> = new Set(["add", "sub", "mul", "div", "maximum", "minimum"]);

const BINARY_GRADIENTS: Record<BinaryKind, ((a: Value, b: Value, y: Value, g: Value) => [Value, Value]) | null> = {
  add: (_a, _b, _y, g) => [g, g],
  sub: (_a, _b, _y, g) => [g, neg(g)],
  mul: (a, b, _y, g) => [mul(g, b), mul(g, a)],
  div: (_a, b, y, g) => [div(g, b), neg(div(mul(g, y), b))],
  // where both are equal the gradient goes to a, as to the branch that a comparison would take
  maximum: (a, b, _y, g) => [mul(g, binary("less_equal_slope", b, a)), mul(g, binary("less_slope", a, b))],
  minimum: (a, b, _y, g) => [mul(g, binary("less_equal_slope", a, b)), mul(g, binary("less_slope", b, a))],
  power: (a, b, _y, g) => [mul(g, binary("power_base_slope", a, b)), mul(g, binary("power_exponent_slope", a, b))],
  equal: null,
  less: null,
  less_equal: null,
  less_slope: null,
  less_equal_slope: null,
  power_base_slope: null,
  power_exponent_slope: null,
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
    if (IN_VECTORS.has(kind) && aStride === 1 && bStride === 1 && inVectors(size, a, b, y)) {
      const workgroups = linearWorkgroups(size / LANES);
      to.dispatch({ kernel: "elementwise_binary_vectors", params: { size }, ...common, workgroups });
      return;
    }
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

/** NaN where an operand is NaN. */
export const maximum = (a: Operand, b: Operand): Value => binary("maximum", lift(a), lift(b));
/** NaN where an operand is NaN. */
export const minimum = (a: Operand, b: Operand): Value => binary("minimum", lift(a), lift(b));
/** Comparisons give float32 1 or 0: 0 where an operand is NaN. */
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

/** Where `condition` is not 0 the element of `a`, else that of `b`, whatever the other is; all three broadcast. */
export function select(condition: Value, a: Operand, b: Operand): Value {
  const [x, y] = [lift(a), lift(b)];
  requireFloat("select", condition, x, y);
  const shape: Shape = broadcastShapes("select", condition.shape, broadcastShapes("select", x.shape, y.shape));
  const operands = [condition, x, y].map((value) => broadcastTo(value, shape));
  return applyOne(selectOp, operands, null, { shape, dtype: "float32" });
}

const identityOp: Op<null> = {
  name: "identity",
  moves: moveWhole,
  gradient: (_, [g]) => [g],
  vectorize: (_, [x]) => [x as Value],
  lower: lowerMoves,
};

/** A copy with memory of its own. */
export const identity = (x: Value): Value => applyOne(identityOp, [x], null, x);

/** Undoes `permutedRows` on an operand that goes along, such as targets beside logits. */
export const unpermute = (x: Value, order: readonly number[]): Value => permute(x, invertOrder(order));
