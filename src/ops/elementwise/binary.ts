/** Functions of two operands, element by element, with NumPy's broadcasting. */

import { DtypeError, UnsupportedError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import type { Slot } from "../../graph/lowering.ts";
import { broadcastShapes, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { mergeAxes } from "../layout/copy.ts";
import { permute, permutedRows, reshape } from "../layout/layout.ts";
import { broadcastStrides, sumTo } from "../rows/reduce.ts";
import { neg, requireFloat } from "./unary.ts";

/** Binary functions and slopes of them; each is a variant of `kernels/elementwise/elementwise_binary.wgsl`. */
export type BinaryKind =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "maximum"
  | "minimum"
  | "pow"
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

type Operands = { readonly a: Value; readonly b: Value };

/** Gradients before they are summed down to the operands' shapes, from operands, result and its gradient g. */
type Rule = Readonly<Record<"a" | "b", (values: Operands & { readonly y: Value; readonly g: Value }) => Value>>;

const mul = (a: Value, b: Value): Value => binary("mul", a, b);
const div = (a: Value, b: Value): Value => binary("div", a, b);

const GRADIENTS: Partial<Record<BinaryKind, Rule>> = {
  add: { a: ({ g }) => g, b: ({ g }) => g },
  sub: { a: ({ g }) => g, b: ({ g }) => neg(g) },
  mul: { a: ({ b, g }) => mul(g, b), b: ({ a, g }) => mul(g, a) },
  div: { a: ({ b, g }) => div(g, b), b: ({ b, y, g }) => neg(div(mul(g, y), b)) },
  // where both are equal the gradient goes to a, as to the branch that a comparison would take
  maximum: {
    a: ({ a, b, g }) => mul(g, binary("less_equal_slope", b, a)),
    b: ({ a, b, g }) => mul(g, binary("less_slope", a, b)),
  },
  minimum: {
    a: ({ a, b, g }) => mul(g, binary("less_equal_slope", a, b)),
    b: ({ a, b, g }) => mul(g, binary("less_slope", b, a)),
  },
  pow: {
    a: ({ a, b, g }) => mul(g, binary("power_base_slope", a, b)),
    b: ({ a, b, g }) => mul(g, binary("power_exponent_slope", a, b)),
  },
};

const binaryOp: Op<Binary, Operands> = {
  name: "binary",
  gradient({ inputs: { a, b }, outputs: { y }, attributes: { kind } }, { y: g }) {
    const rule = GRADIENTS[kind];
    if (!rule) return {};
    const values = { a, b, y, g };
    return { a: () => sumTo(rule.a(values), a.shape), b: () => sumTo(rule.b(values), b.shape) };
  },
  vectorize({ inputs: originals, outputs: { y }, attributes: { kind } }, { a, b }, stacked, length) {
    // a stacked operand of lower rank gets axes of 1 behind its time axis, so that it still aligns at the last axis
    const align = (x: Value, { shape }: Value, isStacked: boolean) =>
      isStacked ? reshape(x, [length, ...new Array<number>(y.rank - shape.length).fill(1), ...shape]) : x;
    return { y: binary(kind, align(a, originals.a, stacked.a), align(b, originals.b, stacked.b)) };
  },
  sumOfSums({ inputs: { a, b }, outputs: { y }, attributes: { kind } }, sumOf) {
    const isWhole = (x: Value) => sizeOf(x.shape) === sizeOf(y.shape);
    return kind === "add" && isWhole(a) && isWhole(b) ? binary("add", sumOf(a), sumOf(b)) : null;
  },
  element: {
    write: ({ inputs: { a, b }, attributes: { kind } }, place, { dtype }) =>
      a.dtype === "int32" || dtype === "int32" ? null : place.binary(kind, place.of(a), place.of(b)),
  },
  lower({ inputs, outputs, attributes: { kind } }, to) {
    const { a, b } = to.slots(inputs);
    const y = to.output(outputs.y);
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

export function binary(kind: BinaryKind, a: Value, b: Value): Value {
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
  return applyOne(binaryOp, { a, b }, { kind }, { shape, dtype });
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
