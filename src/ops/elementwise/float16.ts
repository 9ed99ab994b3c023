/**
 * Floats stored in 16 bits (IEEE 754 binary16: 11 significant bits, up to 65,504, normal from 6.1e-5 on): half the memory and half
 * the bytes to read. Sums and gradients are float32, so that no gradient is too small to be kept and losses need no scaling.
 */

import { DtypeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/elementwise.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

const toFloat16Op: Op<null, { readonly x: Value }> = {
  name: "toFloat16",
  givesFloat16: true,
  gradient: (_, { y: g }) => ({ x: g }),
  vectorize: (_, { x }) => ({ y: toFloat16(x) }),
  lower({ inputs, outputs }, to) {
    const x = to.slot(inputs.x);
    const size = sizeOf(x.shape);
    const workgroups = linearWorkgroups(Math.ceil(size / 4));
    to.dispatch({ kernel: kernels.to_float16, bind: { x, y: to.output(outputs.y) }, params: { size }, workgroups });
  },
};

const toFloat32Op: Op<null, { readonly x: Value }> = {
  name: "toFloat32",
  gradient: (_, { y: g }) => ({ x: g }),
  vectorize: (_, { x }) => ({ y: toFloat32(x) }),
  lower: ({ inputs: { x }, outputs: { y } }, to) => to.alias(y, to.slot(x)),
};

/**
 * `x` (float32, any shape) stored in 16 bits, to the nearest number that they hold or its other neighbour, as the adapter rounds;
 * from ±65520 on ±∞. `matmul` (its second operand), `linear`, `lstm`, `gru`, `rnn` and `embedding` read weights so; other
 * operations get a float32 copy. The gradient passes as it is, in float32.
 */
export function toFloat16(x: Value): Value {
  requireValues("toFloat16", { x });
  if (x.dtype === "float16") return x;
  if (x.dtype !== "float32") throw new DtypeError(`toFloat16: operand is ${x.dtype}, expected float32`);
  return applyOne(toFloat16Op, { x }, null, { shape: x.shape, dtype: "float16" });
}

/** `x` (float16, any shape) as float32, exactly. */
export function toFloat32(x: Value): Value {
  requireValues("toFloat32", { x });
  if (x.dtype === "float32") return x;
  if (x.dtype !== "float16") throw new DtypeError(`toFloat32: operand is ${x.dtype}, expected float16`);
  return applyOne(toFloat32Op, { x }, null, { shape: x.shape, dtype: "float32" });
}

/** Emits a float32 copy of a float16 slot, for kernels that read no other. */
export function widen(to: Lowering, slot: Slot): Slot {
  if (slot.dtype !== "float16") return slot;
  const wide = to.temporary(slot.shape, "float32", "float32 copy");
  lowerWiden(to, slot, wide);
  return wide;
}

/** Emits the copy into a float32 slot. */
export function lowerWiden(to: Lowering, x: Slot, y: Slot): void {
  const size = sizeOf(x.shape);
  const workgroups = linearWorkgroups(Math.ceil(size / 2));
  to.dispatch({ kernel: kernels.to_float32, bind: { x, y }, params: { size }, workgroups });
}

/** Throws unless a weight is a float of either size. */
export function requireFloat(op: string, name: string, { dtype }: Value): void {
  if (dtype !== "float32" && dtype !== "float16") {
    throw new DtypeError(`${op}: ${name} is ${dtype}, expected float32 or float16`);
  }
}
