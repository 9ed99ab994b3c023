import { UnsupportedError } from "../errors.ts";
import type { AdapterProfile, Lowering, Slot } from "../graph/op.ts";

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
interface Matmul extends MatmulProblem {
  readonly a: Slot;
  readonly b: Slot;
  readonly y: Slot;
  readonly bias: Slot | undefined;
}

/** Emits the dispatches for one matmul into y; picks the kernel by shapes, slot offsets and the adapter's kind. */
export function lowerMatmul(to: Lowering, problem: MatmulProblem, a: Slot, b: Slot, y: Slot, bias?: Slot): void {
  const matmul: Matmul = { ...problem, a, b, y, bias };
  if (to.adapter.kind === "hardware") lowerTiled(to, matmul);
  else lowerInRegisters(to, matmul);
}

/** Rows, and columns, of y that a thread of the register kernels owns. */
const BLOCK = 8;
const BLOCKS_PER_WORKGROUP = 16;

/** 8 × 8 elements per thread, no workgroup memory: the fastest on software adapters. */
function lowerInRegisters(to: Lowering, matmul: Matmul): void {
  const { batch, m, n } = matmul;
  const [rows, columns] = [Math.ceil(m / BLOCK), Math.ceil(n / BLOCK)];
  const kernel = registerKernel(matmul);
  to.dispatch({
    kernel,
    bind: bindings(matmul),
    params: { ...sizes(matmul), row_blocks: rows, column_blocks: columns, ...stridesFor(kernel, matmul) },
    workgroups: foldWorkgroups("matmul", Math.ceil((batch * rows * columns) / BLOCKS_PER_WORKGROUP), to.adapter),
    flops: flops(matmul),
  });
}

/** The kernel with the widest loads that extents and offsets allow. */
function registerKernel({ m, n, k, transposeA, transposeB, a, b, y }: Matmul): string {
  if (transposeB) {
    return !transposeA && aligned(k, a.offset, b.offset) ? "matmul_nt" : "matmul_strided";
  }
  if (!aligned(n, b.offset, y.offset)) return "matmul_strided";
  if (!aligned(transposeA ? m : k, a.offset)) return "matmul_strided_a";
  return transposeA ? "matmul_tn" : "matmul_nn";
}

const aligned = (...numbers: number[]): boolean => numbers.every((number) => number % 4 === 0);

/** Rows, and columns, of y that a workgroup of matmul_tiled owns. */
const TILE = 64;

/** Tiles in workgroup memory for GPUs; where y has few tiles, several workgroups share each tile's sum over k. */
function lowerTiled(to: Lowering, matmul: Matmul): void {
  const { batch, m, n, k, y } = matmul;
  const [rows, columns] = [Math.ceil(m / TILE), Math.ceil(n / TILE)];
  const tiles = batch * rows * columns;
  const { splits, part } = splitSum(tiles, k);
  const parts = splits > 1 ? to.temporary([splits, batch, m, n], "float32", "matmul parts") : y;
  const target: Matmul = splits > 1 ? { ...matmul, y: parts, bias: undefined } : matmul;
  to.dispatch({
    kernel: "matmul_tiled",
    bind: bindings(target),
    params: {
      ...sizes(target),
      row_tiles: rows,
      column_tiles: columns,
      splits,
      k_part: part,
      ...stridesFor("matmul_tiled", matmul),
    },
    workgroups: foldWorkgroups("matmul", splits * tiles, to.adapter),
    flops: flops(matmul),
  });
  if (splits > 1) sumParts(to, matmul, parts, splits);
}

/** So many workgroups fill a GPU; a part of k shorter than this is not worth its share of the final sum. */
const FULL_GPU = 128;
const SHORTEST_PART = 128;

/** Into how many parts, and how long ones, the sum over k is cut. */
function splitSum(tiles: number, k: number): { splits: number; part: number } {
  const wanted = Math.min(Math.floor(FULL_GPU / tiles), Math.floor(k / SHORTEST_PART));
  if (wanted < 2) return { splits: 1, part: k };
  const part = Math.ceil(k / wanted / 16) * 16;
  return { splits: Math.ceil(k / part), part };
}

function sumParts(to: Lowering, { batch, m, n, y, bias }: Matmul, parts: Slot, splits: number): void {
  const size = batch * m * n;
  to.dispatch({
    kernel: "matmul_split_sum",
    bind: { parts, bias: bias ?? parts, y },
    params: { size, n, splits, has_bias: bias ? 1 : 0 },
    workgroups: foldWorkgroups("matmul", Math.ceil(size / 64), to.adapter),
    flops: size * (splits - 1),
  });
}

const NAIVE_TILE = 8;

/** One thread per element of y, through general strides: the baseline that the others are tested against. */
export function lowerNaiveMatmul(to: Lowering, problem: MatmulProblem, a: Slot, b: Slot, y: Slot, bias?: Slot): void {
  const matmul: Matmul = { ...problem, a, b, y, bias };
  const rows = Math.ceil(problem.m / NAIVE_TILE);
  const columns = Math.ceil(problem.n / NAIVE_TILE);
  to.dispatch({
    kernel: "matmul_naive",
    bind: bindings(matmul),
    params: { ...sizes(matmul), row_tiles: rows, column_tiles: columns, ...stridesFor("matmul_naive", matmul) },
    workgroups: foldWorkgroups("matmul", problem.batch * rows * columns, to.adapter),
    flops: flops(matmul),
  });
}

/** A kernel without bias has the binding all the same; any read-only slot serves. */
const bindings = ({ a, b, y, bias }: Matmul) => ({ a, b, bias: bias ?? a, y });

const flops = ({ batch, m, n, k }: MatmulProblem): number => 2 * batch * m * n * k;

/** The parameters that all matmul kernels have. */
function sizes({ batch, m, n, k, aBatched, bBatched, bias }: Matmul) {
  return {
    m,
    n,
    k,
    batch_size: batch,
    a_stride_batch: aBatched ? m * k : 0,
    b_stride_batch: bBatched ? k * n : 0,
    has_bias: bias ? 1 : 0,
  };
}

/** The strides inside a matrix, for the kernels that take any. */
function stridesFor(kernel: string, { m, n, k, transposeA, transposeB }: MatmulProblem): Record<string, number> {
  const a = { a_stride_m: transposeA ? 1 : k, a_stride_k: transposeA ? m : 1 };
  const b = { b_stride_k: transposeB ? 1 : n, b_stride_n: transposeB ? k : 1 };
  switch (kernel) {
    case "matmul_nn":
    case "matmul_nt":
    case "matmul_tn":
      return {};
    case "matmul_strided_a":
      return a;
    default:
      return { ...a, ...b };
  }
}

/** Spreads a linear count of workgroups over (x, y); the kernel returns past the count. */
export function foldWorkgroups(op: string, count: number, adapter: AdapterProfile): [number, number] {
  const limit = adapter.limits.maxComputeWorkgroupsPerDimension;
  const y = Math.ceil(count / limit);
  if (y > limit) {
    throw new UnsupportedError(
      `${op}: needs ${count} workgroups, expected at most ${limit} · ${limit} on this adapter, split the batch`,
    );
  }
  return [Math.ceil(count / y), y];
}
