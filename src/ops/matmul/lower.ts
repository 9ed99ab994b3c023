/** Dispatches of a matrix product, in the fastest of several ways. */
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { foldWorkgroups } from "../dispatch/workgroups.ts";
import { widen } from "../elementwise/float16.ts";
import { hardwareWays } from "./hardware-ways.ts";
import {
  aligned,
  bindings,
  flops,
  kernelOf,
  layoutOf,
  type Matmul,
  type MatmulProblem,
  sizes,
  strides,
} from "./problem.ts";
import { softwareWays } from "./software-ways.ts";

/** Emits the dispatches for one matmul into y; picks the kernel by shapes, slot offsets and the adapter. */
export function lowerMatmul(to: Lowering, problem: MatmulProblem, a: Slot, b: Slot, y: Slot, bias?: Slot): void {
  const stored: Matmul = { ...problem, a, b, y, bias };
  const matmul = readsFloat16(to, stored) ? stored : { ...stored, b: widen(to, b) };
  const chosen = to.adapter.kind === "hardware" ? hardwareWays(to, matmul) : softwareWays(to, matmul);
  to.choose({ key: keyOf(matmul), ...chosen, naive: () => lowerNaive(to, matmul) });
}

/** All that the fastest way may depend on: shapes, and which of the operands may be read as vec4. */
function keyOf({ batch, m, n, k, transposeA, transposeB, a, b, y }: Matmul): string {
  const layout = `${transposeA ? "t" : "n"}${transposeB ? "t" : "n"}`;
  const offsets = [a, b, y].map(({ offset }) => (aligned(offset) ? "a" : "u")).join("");
  return `matmul ${layout} ${batch} ${m} ${n} ${k} ${offsets}${b.dtype === "float16" ? " float16" : ""}`;
}

/** Whether the kernels for the layout have variants for a float16 b. */
const readsFloat16 = (to: Lowering, matmul: Matmul): boolean =>
  to.adapter.kind === "hardware" || layoutOf(matmul) === "nn" || layoutOf(matmul) === "nt";

const NAIVE_TILE = 8;

/** One thread per element of y, through general strides. */
function lowerNaive(to: Lowering, matmul: Matmul): void {
  const [rows, columns] = [Math.ceil(matmul.m / NAIVE_TILE), Math.ceil(matmul.n / NAIVE_TILE)];
  to.dispatch({
    kernel: kernelOf("matmul_naive"),
    bind: bindings({ ...matmul, b: widen(to, matmul.b) }),
    params: { ...sizes(matmul), ...strides(matmul), row_blocks: rows, column_blocks: columns },
    workgroups: foldWorkgroups("matmul", matmul.batch * rows * columns, to.adapter),
    flops: flops(matmul),
  });
}
