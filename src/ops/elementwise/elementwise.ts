/** Operations on the elements of two operands, with NumPy's broadcasting. */

import { DtypeError, UnsupportedError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { aValue } from "../../graph/arguments.ts";
import { ConstantValue } from "../../graph/leaves.ts";
import type { Slot } from "../../graph/lowering.ts";
import { broadcastShapes, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op } from "../../graph/value.ts";
import { Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { anElement, checkArgument, either, required } from "../../options.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { mergeAxes } from "../layout/copy.ts";
import { invertOrder, permute, permutedRows, reshape } from "../layout/layout.ts";
import { lowerMoves, moveWhole } from "../layout/moves.ts";
import { broadcastStrides, sumTo } from "../rows/reduce.ts";
import { neg, reciprocal, requireFloat, unary } from "./unary.ts";

/** Binary functions and slopes of them; each is a variant of `kernels/elementwise/elementwise_binary.wgsl`. */
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

/** Variants of `kernels/elementwise/elementwise_binary_vectors.wgsl`. */
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
    if (a.dtype === "int32") {
      const params = { size, ...walkBroadcast(kind, a, b, y) };
      const bind = { a, b, y };
      to.dispatch({
        kernel: kernels.elementwise_integer,
        variant: kind,
        bind,
        params,
        workgroups: linearWorkgroups(size),
      });
      return;
    }
    const common = { variant: kind, bind: { a, b, y }, workgroups: linearWorkgroups(size), flops: size };
    const step = (x: Slot) => (sizeOf(x.shape) === size ? 1 : sizeOf(x.shape) === 1 ? 0 : null);
    const [aStride, bStride] = [step(a), step(b)];
    if (IN_VECTORS.has(kind) && aStride === 1 && bStride === 1 && inVectors(size, a, b, y)) {
      const workgroups = linearWorkgroups(size / LANES);
      to.dispatch({ kernel: kernels.elementwise_binary_vectors, params: { size }, ...common, workgroups });
      return;
    }
    if (aStride !== null && bStride !== null) {
      to.dispatch({
        kernel: kernels.elementwise_binary,
        params: { size, a_stride: aStride, b_stride: bStride },
        ...common,
      });
      return;
    }
    const params = { size, ...walkBroadcast(kind, a, b, y) };
    to.dispatch({ kernel: kernels.elementwise_binary_broadcast, params, ...common });
  },
};

/** Extents and strides of two operands read as one of y's shape. */
function walkBroadcast(kind: BinaryKind, a: Slot, b: Slot, y: Slot): Record<string, number> {
  const merged = mergeAxes(y.shape, broadcastStrides(a.shape, y.shape), broadcastStrides(b.shape, y.shape));
  const rank = merged.extents.length;
  if (rank > 6) throw new UnsupportedError(`${kind}: broadcasting over ${rank} separate axes, expected at most 6`);
  const params: Record<string, number> = {};
  for (let i = 0; i < 6; i++) {
    const axis = rank - 6 + i;
    params[`d${i}`] = merged.extents[axis] ?? 1;
    params[`a_s${i}`] = merged.a[axis] ?? 0;
    params[`b_s${i}`] = merged.b[axis] ?? 0;
  }
  return params;
}

const COMPARISONS: readonly BinaryKind[] = ["equal", "less", "less_equal"];
const OF_INTEGERS: readonly BinaryKind[] = [...IN_VECTORS, ...COMPARISONS];

function binary(kind: BinaryKind, a: Value, b: Value): Value {
  const ofIntegers = a.dtype === "int32" && b.dtype === "int32" && OF_INTEGERS.includes(kind);
  if (!ofIntegers) {
    if (a.dtype !== b.dtype && [a.dtype, b.dtype].includes("int32")) {
      throw new DtypeError(`${kind}: operands are ${a.dtype} and ${b.dtype}, expected one type; use cast`);
    }
    requireFloat(kind, a, b);
  }
  const pulled = pullPermutation(kind, a, b);
  if (pulled) return pulled;
  const shape = broadcastShapes(kind, a.shape, b.shape);
  const dtype = ofIntegers && !COMPARISONS.includes(kind) ? "int32" : "float32";
  return applyOne(binaryOp, [a, b], { kind }, { shape, dtype });
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

/** A constant of shape []. */
export function scalar(x: number): Value {
  checkArgument("scalar", "x", x, required(anElement));
  return new ConstantValue(Float32Array.of(x), { shape: [], dtype: "float32" });
}

const operand = required(either(aValue, anElement));

function requireOperands(op: string, a: unknown, b: unknown): void {
  checkArgument(op, "the first operand", a, operand);
  checkArgument(op, "the second operand", b, operand);
}

const lift = (x: Operand): Value => (x instanceof Value ? x : scalar(x));

const isInteger = (x: Operand): x is Value => x instanceof Value && x.dtype === "int32";

/** Both operands as values: a number beside an int32 value is an int32 one. */
export function liftBoth(op: string, a: Operand, b: Operand): [Value, Value] {
  requireOperands(op, a, b);
  const liftTo = (x: Operand, other: Operand): Value => {
    if (x instanceof Value || !isInteger(other)) return lift(x);
    if (x === (x | 0)) return new ConstantValue(Int32Array.of(x), { shape: [], dtype: "int32" });
    throw new DtypeError(
      `${op}: ${x} stands beside int32, expected an integer from -2^31 to 2^31 - 1; cast to float32`,
    );
  };
  return [liftTo(a, b), liftTo(b, a)];
}

/** Of two int32 operands, or one and a number; undefined where there is none. */
function integers(kind: BinaryKind, a: Operand, b: Operand): Value | undefined {
  requireOperands(kind, a, b);
  return isInteger(a) || isInteger(b) ? binary(kind, ...liftBoth(kind, a, b)) : undefined;
}

/**
 * Elementwise with NumPy's broadcasting; numbers are taken as constants. Both operands are floats or both int32, of which
 * what overflows wraps, and which have no gradient.
 */
export function add(a: Operand, b: Operand): Value {
  const exact = integers("add", a, b);
  if (exact) return exact;
  if (typeof b === "number") return unary("affine", lift(a), 1, b);
  if (typeof a === "number") return unary("affine", b, 1, a);
  return binary("add", a, b);
}

/** As `add`. */
export function sub(a: Operand, b: Operand): Value {
  const exact = integers("sub", a, b);
  if (exact) return exact;
  if (typeof b === "number") return unary("affine", lift(a), 1, -b);
  if (typeof a === "number") return unary("affine", b, -1, a);
  return binary("sub", a, b);
}

/** As `add`. */
export function mul(a: Operand, b: Operand): Value {
  const exact = integers("mul", a, b);
  if (exact) return exact;
  if (typeof b === "number") return unary("affine", lift(a), b, 0);
  if (typeof a === "number") return unary("affine", b, a, 0);
  return binary("mul", a, b);
}

/**
 * As `add`. Of int32 the quotient is rounded toward zero, as in ONNX (PyTorch's `rounding_mode="trunc"`), and 0 where b is 0;
 * for PyTorch's true division cast both to float32.
 */
export function div(a: Operand, b: Operand): Value {
  const exact = integers("div", a, b);
  if (exact) return exact;
  if (typeof b === "number") return unary("affine", lift(a), 1 / b, 0);
  return a === 1 ? reciprocal(b) : binary("div", lift(a), b);
}

/** a to the power of b; a constant integer exponent takes negative bases. */
export function power(a: Operand, b: Operand): Value {
  requireOperands("power", a, b);
  return typeof b === "number" ? unary("power", lift(a), b) : binary("power", lift(a), b);
}

/** NaN where an operand is NaN. */
export const maximum = (a: Operand, b: Operand): Value => binary("maximum", ...liftBoth("maximum", a, b));
/** NaN where an operand is NaN. */
export const minimum = (a: Operand, b: Operand): Value => binary("minimum", ...liftBoth("minimum", a, b));
/** Comparisons give float32 1 or 0: 0 where an operand is NaN. */
export const equal = (a: Operand, b: Operand): Value => binary("equal", ...liftBoth("equal", a, b));
export const less = (a: Operand, b: Operand): Value => binary("less", ...liftBoth("less", a, b));
export const lessEqual = (a: Operand, b: Operand): Value => binary("less_equal", ...liftBoth("less_equal", a, b));
export const greater = (a: Operand, b: Operand): Value => less(b, a);
export const greaterEqual = (a: Operand, b: Operand): Value => lessEqual(b, a);

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
