import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { allowValues, optionalValue, requireValues } from "../../graph/arguments.ts";
import { weightToRead } from "../../graph/mode.ts";
import { broadcastShapes, formatShape, type Shape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import { checkOptions, flag, type KindsOf } from "../../options.ts";
import { requireFloat, toFloat32 } from "../elementwise/float16.ts";
import { permute, permutedRows, reshape } from "../layout/layout.ts";
import { broadcastTo, sumTo } from "../rows/reduce.ts";
import { lowerMatmul } from "./lower.ts";

/** Options of `matmul`. */
export interface MatmulOptions {
  /** Take `a` as its transpose over the last two axes. */
  readonly transposeA?: boolean;
  /** Take `b` as its transpose over the last two axes. */
  readonly transposeB?: boolean;
  /** [n], added to every row in the same kernel. */
  readonly bias?: Value;
}

const matmulKinds: KindsOf<MatmulOptions> = { transposeA: flag, transposeB: flag, bias: optionalValue };

interface Matmul {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const flags = (transposeA: boolean, transposeB: boolean) => ({ transposeA, transposeB });

type Operands = { readonly a: Value; readonly b: Value; readonly bias?: Value | undefined };

export const matmulOp: Op<Matmul, Operands> = {
  name: "matmul",
  gradient({ inputs: { a, b, bias }, attributes: { transposeA, transposeB } }, { y: g }) {
    const da = () =>
      transposeA ? matmul(toFloat32(b), g, flags(transposeB, true)) : matmul(g, b, flags(false, !transposeB));
    const db = () => (transposeB ? matmul(g, a, flags(true, transposeA)) : matmul(a, g, flags(!transposeA, false)));
    return {
      a: () => sumTo(da(), a.shape),
      b: () => sumTo(db(), b.shape),
      bias: () => bias && sumTo(g, bias.shape),
    };
  },
  vectorize({ inputs: originals, attributes, outputs: { y } }, { a, b, bias }, stacked, length) {
    if (stacked.bias || originals.a.rank !== 2 || originals.b.rank !== 2) return null;
    const options = { ...attributes, ...(bias ? { bias } : {}) };
    if (stacked.a && !stacked.b && !attributes.transposeA) {
      const [rows, k] = originals.a.shape as [number, number];
      return { y: reshape(matmul(reshape(a, [length * rows, k]), b, options), [length, ...y.shape]) };
    }
    return { y: matmul(a, b, options) };
  },
  vectorizeSum({ inputs: originals, attributes: { transposeA, transposeB } }, { a, b, bias }, stacked, length) {
    const merges = stacked.a && stacked.b && transposeA && !transposeB && !bias;
    if (!merges || originals.a.rank !== 2 || originals.b.rank !== 2) return null;
    // Σ_t aₜᵀ·bₜ is one matmul over all rows of all steps: how weight gradients leave the loop
    const rows = (x: Value, { shape }: Value) => reshape(x, [length * (shape[0] as number), shape[1] as number]);
    return matmul(rows(a, originals.a), rows(b, originals.b), { transposeA: true });
  },
  lower({ inputs, outputs, attributes }, to) {
    const [a, b, bias] = [to.slot(inputs.a), to.stored(inputs.b), inputs.bias && to.slot(inputs.bias)];
    const y = to.output(outputs.y);
    const [m, n] = y.shape.slice(-2) as [number, number];
    const k = a.shape.at(attributes.transposeA ? -2 : -1) as number;
    const batch = sizeOf(y.shape.slice(0, -2));
    const problem = { batch, m, n, k, ...attributes, aBatched: a.shape.length > 2, bBatched: b.shape.length > 2 };
    lowerMatmul(to, problem, a, b, y, bias);
  },
};

/** An operand whose leading axes are `leading` or none: single ones are dropped, others stretched. */
function alignLeading(x: Value, leading: Shape): Value {
  const [own, matrix] = [x.shape.slice(0, -2), x.shape.slice(-2)];
  if (sameShape(own, leading)) return x;
  return sizeOf(own) === 1 ? reshape(x, matrix) : broadcastTo(x, [...leading, ...matrix]);
}

/**
 * Matrix product over the last two axes: `a` [..., m, k] · `b` [..., k, n] → [..., m, n], by NumPy's rules: leading axes
 * broadcast; a vector `a` counts as a row, a vector `b` as a column, and the axis so made is left out of the result (a
 * transpose of a vector is the vector). With a matrix `b`, all leading axes of `a` count as rows. `b` may be float16, all else
 * is float32.
 *
 * @example
 * ```ts
 * import { matmul, type Value } from "seqgrad";
 *
 * // a [batch, m, k], weight [n, k] → [batch, m, n]
 * const project = (a: Value, weight: Value) => matmul(a, weight, { transposeB: true });
 * ```
 */
export function matmul(a: Value, b: Value, options: MatmulOptions = {}): Value {
  checkOptions("matmul", options, matmulKinds);
  requireValues("matmul", { a, b });
  const { transposeA = false, transposeB = false, bias } = options;
  requireFloat("matmul", "b", b);
  for (const x of [a, bias]) {
    if (x && x.dtype !== "float32") throw new DtypeError(`matmul: operand is ${x.dtype}, expected float32`);
  }
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError(
      `matmul: got shapes ${formatShape(a.shape)} and ${formatShape(b.shape)}, expected at least one axis each; use mul`,
    );
  }
  if (a.rank > 1 && b.rank > 1)
    return product(a, weightToRead(b), { transposeA, transposeB, ...(bias ? { bias } : {}) });
  if (b.rank === 1 && bias) {
    throw new ShapeError("matmul: bias is given with a vector b, expected none, as the result has no columns; use add");
  }
  const left = a.rank === 1 ? reshape(a, [1, -1]) : a;
  const right = b.rank === 1 ? reshape(b, [-1, 1]) : b;
  const y = product(left, right, {
    transposeA: transposeA && a.rank > 1,
    transposeB: transposeB && b.rank > 1,
    ...(bias ? { bias } : {}),
  });
  const made = [...(a.rank === 1 ? [y.rank - 2] : []), ...(b.rank === 1 ? [y.rank - 1] : [])];
  return reshape(
    y,
    y.shape.filter((_, axis) => !made.includes(axis)),
  );
}

function product(a: Value, b: Value, options: MatmulOptions): Value {
  const { transposeA = false, transposeB = false, bias } = options;
  if (b.rank === 2 && !transposeA) {
    const rows = permutedRows(a);
    const columns = b.shape[transposeB ? 0 : 1] as number;
    // data of few features is cheaper to permute than what becomes of it, and it has no gradient to be permuted back
    const stays = rows?.isLeaf && columns > (a.shape.at(-1) as number);
    if (rows && !stays) return permute(matmul(rows.source, b, options), rows.order);
    if (a.rank > 2) {
      const y = matmul(reshape(a, [-1, a.shape.at(-1) as number]), b, options);
      return reshape(y, [...a.shape.slice(0, -1), y.shape[1] as number]);
    }
  }
  const [m, ka] = (transposeA ? [-1, -2] : [-2, -1]).map((axis) => a.shape.at(axis)) as [number, number];
  const [kb, n] = (transposeB ? [-1, -2] : [-2, -1]).map((axis) => b.shape.at(axis)) as [number, number];
  if (ka !== kb) {
    throw new ShapeError(
      `matmul: inner extents differ, a ${formatShape(a.shape)}${transposeA ? "ᵀ" : ""} has ${ka} and b ${formatShape(b.shape)}${transposeB ? "ᵀ" : ""} has ${kb}; use transposeA or transposeB`,
    );
  }
  if (bias && !sameShape(bias.shape, [n])) {
    throw new ShapeError(`matmul: bias has shape ${formatShape(bias.shape)}, expected [${n}]`);
  }
  const leading = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [left, right] = [alignLeading(a, leading), alignLeading(b, leading)];
  const stretched = left.rank > 2 || right.rank > 2 ? [...leading, m, n] : [m, n];
  const operands = { a: left, b: right, bias };
  const y = applyOne(matmulOp, operands, flags(transposeA, transposeB), { shape: stretched, dtype: "float32" });
  return reshape(y, [...leading, m, n]);
}

/** x·Wᵀ + b with PyTorch's weight layout [out, in]; `x` [..., in] → [..., out]. */
export function linear(x: Value, weight: Value, bias?: Value): Value {
  requireValues("linear", { x, weight });
  allowValues("linear", { bias });
  if (weight.rank !== 2 || x.shape.at(-1) !== weight.shape[1]) {
    throw new ShapeError(
      `linear: input ${formatShape(x.shape)} and weight ${formatShape(weight.shape)} do not fit, expected input [..., in] and weight [out, in]`,
    );
  }
  if (x.rank === 1) return reshape(linear(reshape(x, [1, -1]), weight, bias), [weight.shape[0] as number]);
  return matmul(x, weight, { transposeB: true, ...(bias ? { bias } : {}) });
}
