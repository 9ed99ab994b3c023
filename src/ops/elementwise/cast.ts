import { DtypeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { aValue } from "../../graph/arguments.ts";
import { type DType, isFloat, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { checkArgument, required, text } from "../../options.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { toFloat16, toFloat32 } from "./float16.ts";

const castOp: Op<{ readonly to: "float32" | "int32" }, { readonly x: Value }> = {
  name: "cast",
  // a step function of a float, and integers have no gradient
  gradient: () => ({}),
  vectorize: ({ attributes }, { x }) => ({ y: cast(x, attributes.to) }),
  lower({ inputs: { x }, outputs: { y }, attributes }, to) {
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.cast,
      ...(attributes.to === "float32" ? { variant: "to_float32" } : {}),
      bind: { x: to.slot(x), y: to.output(y) },
      params: { size },
      workgroups: linearWorkgroups(size),
    });
  },
};

/**
 * `x` with another element type. float32 to int32 rounds toward zero; NaN gives 0, and what is too large the nearest int32.
 * int32 to float32 gives the nearest number, exact up to 2^24. Between the two there is no gradient; between float32 and
 * float16 it is that of `toFloat16` and `toFloat32`.
 */
export function cast(x: Value, dtype: DType): Value {
  checkArgument("cast", "x", x, aValue);
  checkArgument("cast", "dtype", dtype, required(text));
  if (x.dtype === dtype) return x;
  const known: readonly DType[] = ["float32", "float16", "int32"];
  for (const [what, type] of [["x is", x.dtype] as const, ["the new type is", dtype] as const]) {
    if (!known.includes(type)) throw new DtypeError(`cast: ${what} ${type}, expected one of ${known.join(", ")}`);
  }
  if (dtype === "float16") return toFloat16(cast(x, "float32"));
  if (dtype === "float32" && isFloat(x.dtype)) return toFloat32(x);
  const from = dtype === "int32" ? cast(x, "float32") : x;
  return applyOne(castOp, { x: from }, { to: dtype as "float32" | "int32" }, { shape: x.shape, dtype });
}
