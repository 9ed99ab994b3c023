/** Operations on the elements of two operands, with NumPy's broadcasting. */

import { DtypeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { aValue } from "../../graph/arguments.ts";
import { ConstantValue } from "../../graph/leaves.ts";
import { type Op, Value } from "../../graph/value.ts";
import { anElement, checkArgument, either, required } from "../../options.ts";
import { invertOrder, permute } from "../layout/layout.ts";
import { lowerMoves, type Moved, moveWhole } from "../layout/moves.ts";
import { type BinaryKind, binary } from "./binary.ts";
import { reciprocal, unary } from "./unary.ts";

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
export function pow(a: Operand, b: Operand): Value {
  requireOperands("pow", a, b);
  return typeof b === "number" ? unary("pow", lift(a), b) : binary("pow", lift(a), b);
}

/** NaN where an operand is NaN. */
export const maximum = (a: Operand, b: Operand): Value => binary("maximum", ...liftBoth("maximum", a, b));
/** NaN where an operand is NaN. */
export const minimum = (a: Operand, b: Operand): Value => binary("minimum", ...liftBoth("minimum", a, b));
/** Comparisons give float32 1 or 0: 0 where an operand is NaN. */
export const equal = (a: Operand, b: Operand): Value => binary("equal", ...liftBoth("equal", a, b));
/** 1 where a < b, else 0. The operands broadcast; no gradient flows. */
export const less = (a: Operand, b: Operand): Value => binary("less", ...liftBoth("less", a, b));
/** 1 where a ≤ b, else 0. The operands broadcast; no gradient flows. */
export const lessEqual = (a: Operand, b: Operand): Value => binary("less_equal", ...liftBoth("less_equal", a, b));
/** 1 where a > b, else 0. The operands broadcast; no gradient flows. */
export const greater = (a: Operand, b: Operand): Value => less(b, a);
/** 1 where a ≥ b, else 0. The operands broadcast; no gradient flows. */
export const greaterEqual = (a: Operand, b: Operand): Value => lessEqual(b, a);

const identityOp: Op<null, Moved> = {
  name: "identity",
  moves: moveWhole,
  gradient: (_, { y: g }) => ({ x: g }),
  vectorize: (_, { x }) => ({ y: x }),
  element: { write: ({ inputs: { x } }, place) => place.of(x) },
  lower: lowerMoves,
};

/** A copy with memory of its own. */
export const identity = (x: Value): Value => applyOne(identityOp, { x }, null, x);

/** Undoes `permutedRows` on an operand that goes along, such as targets beside logits. */
export const unpermute = (x: Value, order: readonly number[]): Value => permute(x, invertOrder(order));
