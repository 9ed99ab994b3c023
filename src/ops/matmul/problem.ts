/** A matrix product as its kernels see it. */
import type { Choice, Slot } from "../../graph/lowering.ts";
import * as matmulKernels from "../../kernels/generated/matmul.ts";
import { shared } from "../../kernels/generated/matmul-shared.ts";
import { kernelSet } from "../../kernels/later.ts";

export const kernelOf = /* @__PURE__ */ kernelSet(
  matmulKernels,
  () => import("../../kernels/generated/matmul-software.ts"),
  shared,
);

/** y[batch, m, n] = op(a) · op(b). */
export interface MatmulProblem {
  batch: number;
  m: number;
  n: number;
  k: number;
  /** a is [batch?, m, k] or, transposed, [batch?, k, m]. */
  transposeA: boolean;
  /** b is [batch?, k, n] or, transposed, [batch?, n, k]. */
  transposeB: boolean;
  /** Without it the same matrix serves the whole batch. */
  aBatched: boolean;
  bBatched: boolean;
}

/** One matmul with everything that the choice of its kernel looks at. */
export interface Matmul extends MatmulProblem {
  readonly a: Slot;
  readonly b: Slot;
  readonly y: Slot;
  readonly bias: Slot | undefined;
}

export type Ways = Pick<Choice, "ways" | "rule" | "costs">;

export type Layout = "nn" | "nt" | "tn" | "strided";

/** The layout whose vec4 loads extents and offsets allow. */
export function layoutOf({ m, n, k, transposeA, transposeB, a, b }: Matmul): Layout {
  if (!aligned(a.offset, b.offset, transposeA ? m : k, transposeB ? k : n)) return "strided";
  if (!transposeA) return transposeB ? "nt" : "nn";
  return transposeB ? "strided" : "tn";
}

export const aligned = (...numbers: number[]): boolean => numbers.every((number) => number % 4 === 0);

/** Of a kernel, with the ending for a float16 b. */
export function variantOf({ b }: Matmul, name = ""): { variant?: string } {
  const variant = [name, b.dtype === "float16" ? "float16" : ""].filter((part) => part).join("_");
  return variant ? { variant } : {};
}

/** A kernel without bias has the binding all the same; any read-only slot serves. */
export const bindings = ({ a, b, y, bias }: Matmul) => ({ a, b, bias: bias ?? a, y });

export const flops = ({ batch, m, n, k }: MatmulProblem): number => 2 * batch * m * n * k;

/** The parameters that all matmul kernels have. */
export function sizes({ batch, m, n, k, aBatched, bBatched, bias }: Matmul) {
  return {
    m,
    n,
    k,
    k_part: k,
    batch_size: batch,
    a_stride_batch: aBatched ? m * k : 0,
    b_stride_batch: bBatched ? k * n : 0,
    has_bias: bias ? 1 : 0,
  };
}

/** The strides inside a matrix. */
export const strides = ({ m, n, k, transposeA, transposeB }: MatmulProblem) => ({
  a_stride_m: transposeA ? 1 : k,
  a_stride_k: transposeA ? m : 1,
  b_stride_k: transposeB ? 1 : n,
  b_stride_n: transposeB ? k : 1,
});
