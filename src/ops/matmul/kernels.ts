import type { Choice, Lowering, Slot, WayCost } from "../../graph/lowering.ts";
import * as matmulKernels from "../../kernels/generated/matmul.ts";
import { kernelSet } from "../../kernels/later.ts";
import { cost, INSTRUCTIONS_PER_SECOND, turns } from "../dispatch/software-cost.ts";
import { foldWorkgroups } from "../dispatch/workgroups.ts";
import { widen } from "../elementwise/float16.ts";

const kernelOf = /* @__PURE__ */ kernelSet(matmulKernels, () => import("../../kernels/generated/matmul-software.ts"));

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

/** Emits the dispatches for one matmul into y; picks the kernel by shapes, slot offsets and the adapter. */
export function lowerMatmul(to: Lowering, problem: MatmulProblem, a: Slot, b: Slot, y: Slot, bias?: Slot): void {
  const stored: Matmul = { ...problem, a, b, y, bias };
  const matmul = readsFloat16(to, stored) ? stored : { ...stored, b: widen(to, b) };
  const chosen = to.adapter.kind === "hardware" ? tiledWays(to, matmul) : registerWays(to, matmul);
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

/** Of a kernel, with the ending for a float16 b. */
function variantOf({ b }: Matmul, name = ""): { variant?: string } {
  const variant = [name, b.dtype === "float16" ? "float16" : ""].filter((part) => part).join("_");
  return variant ? { variant } : {};
}

type Ways = Pick<Choice, "ways" | "rule" | "costs">;

/** No workgroup memory: the fastest on software adapters. */
function registerWays(to: Lowering, matmul: Matmul): Ways {
  const blocks = {
    blocks: () => lowerBlocks(to, matmul, 8),
    "wide blocks": () => lowerBlocks(to, matmul, 16),
    ...(isRow(matmul) ? { row: () => lowerRow(to, matmul) } : {}),
  };
  if (!to.adapter.features.has("subgroups")) return { ways: blocks, ...cheapest(matmul, Object.keys(blocks)) };
  const layout = layoutOf(matmul);
  const quads = {
    quads: () => lowerQuads(to, matmul, 32, layout),
    "low quads": () => lowerQuads(to, matmul, 8, layout),
    // never the fastest, but one pipeline for all layouts
    ...(layout !== "strided" && matmul.b.dtype === "float32"
      ? {
          "strided quads": () => lowerQuads(to, matmul, 32, "strided"),
          "low strided quads": () => lowerQuads(to, matmul, 8, "strided"),
        }
      : {}),
  };
  const ways = { ...quads, ...blocks };
  return { ways, ...cheapest(matmul, Object.keys(ways)) };
}

/** Seconds that SwiftShader takes to compile a pipeline of each way (bench/compile-times.ts). */
const COMPILE_SECONDS = {
  quads: 0.14,
  "low quads": 0.07,
  "strided quads": 0.16,
  "low strided quads": 0.08,
  "wide blocks": 0.21,
  blocks: 0.09,
  row: 0.02,
} as const;

/** What a number takes to load that has an address of its own, beside one of a vec4 (measured: products of 1.05 to 1.1 of the time). */
const STRIDED = 1.2;

/** The way of the least time, and the times of all; costs are those of four k. */
function cheapest(matmul: Matmul, ways: readonly string[]): Required<Pick<Choice, "rule" | "costs">> {
  const layout = layoutOf(matmul);
  const load = layout === "strided" ? STRIDED : 1;
  const tall = turns(quadGrid(matmul, 32).workgroups);
  const low = turns(quadGrid(matmul, 8).workgroups);
  const times: Readonly<Record<keyof typeof COMPILE_SECONDS, number>> = {
    quads: tall * cost(64 * load, 1024),
    "low quads": low * cost(40 * load, 256),
    "strided quads": tall * cost(64 * STRIDED, 1024),
    "low strided quads": low * cost(40 * STRIDED, 256),
    "wide blocks": turns(blockGrid(matmul, 16).workgroups) * 4 * cost(128 * load, 1024),
    blocks: turns(blockGrid(matmul, 8).workgroups) * 4 * cost(64 * load, 256),
    row: turns(quadGrid(matmul, 1).workgroups) * cost(36, 32),
  };
  const costOf = (way: keyof typeof COMPILE_SECONDS): WayCost => ({
    pipeline: pipelineOf(way),
    seconds: (times[way] * Math.ceil(matmul.k / 4)) / INSTRUCTIONS_PER_SECOND,
    compileSeconds: COMPILE_SECONDS[way],
  });
  const pipelineOf = (way: string) => {
    const shared = way.replace("strided ", "");
    return shared !== way || layout === "strided" ? `strided ${shared}` : `${way} ${layout} ${matmul.b.dtype}`;
  };
  const known = ways as readonly (keyof typeof COMPILE_SECONDS)[];
  return {
    rule: known.reduce((best, way) => (times[way] < times[best] ? way : best)),
    costs: Object.fromEntries(known.map((way) => [way, costOf(way)])),
  };
}

/** Columns of y that a quad owns. */
const QUAD_COLUMNS = 32;

function quadGrid({ batch, m, n }: MatmulProblem, height: number) {
  const [rows, columns] = [Math.ceil(m / height), Math.ceil(n / QUAD_COLUMNS)];
  return { rows, columns, workgroups: batch * rows * columns };
}

/** Four threads share what they load of a: 32 or 8 rows by 32 columns. */
function lowerQuads(to: Lowering, matmul: Matmul, height: 32 | 8, layout: Layout): void {
  const { rows, columns, workgroups } = quadGrid(matmul, height);
  to.dispatch({
    kernel: kernelOf(`matmul_quad_${layout}`),
    ...variantOf(matmul, height === 8 ? "low" : ""),
    bind: bindings(matmul),
    params: { ...sizes(matmul), ...strides(matmul), row_blocks: rows, column_blocks: columns },
    workgroups: foldWorkgroups("matmul", workgroups, to.adapter),
    flops: flops(matmul),
  });
}

/** Whether there is a kernel for one row: then it does not matter which way that lies. */
const isRow = ({ m, n, k, transposeB, a, b }: Matmul): boolean =>
  m === 1 && aligned(a.offset, b.offset, k, transposeB ? k : n);

function lowerRow(to: Lowering, matmul: Matmul): void {
  const { rows, columns, workgroups } = quadGrid(matmul, 1);
  to.dispatch({
    kernel: matmul.transposeB ? kernelOf("matmul_row_nt") : kernelOf("matmul_row_nn"),
    ...variantOf(matmul),
    bind: bindings(matmul),
    params: { ...sizes(matmul), ...strides(matmul), row_blocks: rows, column_blocks: columns },
    workgroups: foldWorkgroups("matmul", workgroups, to.adapter),
    flops: flops(matmul),
  });
}

const BLOCKS_PER_WORKGROUP = 16;

function blockGrid({ batch, m, n }: MatmulProblem, side: number) {
  const [rows, columns] = [Math.ceil(m / side), Math.ceil(n / side)];
  return { rows, columns, workgroups: Math.ceil((batch * rows * columns) / BLOCKS_PER_WORKGROUP) };
}

/** Each thread by itself: 8 × 8 or 16 × 16 elements. */
function lowerBlocks(to: Lowering, matmul: Matmul, side: 8 | 16): void {
  const { rows, columns, workgroups } = blockGrid(matmul, side);
  to.dispatch({
    kernel: kernelOf(`matmul_${layoutOf(matmul)}`),
    ...variantOf(matmul, side === 16 ? "wide" : ""),
    bind: bindings(matmul),
    params: { ...sizes(matmul), ...strides(matmul), row_blocks: rows, column_blocks: columns },
    workgroups: foldWorkgroups("matmul", workgroups, to.adapter),
    flops: flops(matmul),
  });
}

type Layout = "nn" | "nt" | "tn" | "strided";

/** The layout whose vec4 loads extents and offsets allow. */
function layoutOf({ m, n, k, transposeA, transposeB, a, b }: Matmul): Layout {
  if (!aligned(a.offset, b.offset, transposeA ? m : k, transposeB ? k : n)) return "strided";
  if (!transposeA) return transposeB ? "nt" : "nn";
  return transposeB ? "strided" : "tn";
}

const aligned = (...numbers: number[]): boolean => numbers.every((number) => number % 4 === 0);

/** Rows, and columns, of y that a workgroup of matmul_tiled owns. */
const TILE = 64;

/** Tiles in workgroup memory for GPUs; where y has few tiles, several workgroups share each tile's sum over k. */
function tiledWays(to: Lowering, matmul: Matmul): Ways {
  const { batch, m, n, k } = matmul;
  const split = splitSum(batch * Math.ceil(m / TILE) * Math.ceil(n / TILE), k);
  const tiled = () => lowerTiled(to, matmul, { splits: 1, part: k });
  if (split.splits === 1) return { ways: { tiled }, rule: "tiled" };
  return { ways: { tiled, split: () => lowerTiled(to, matmul, split) }, rule: "split" };
}

function lowerTiled(to: Lowering, matmul: Matmul, { splits, part }: Split): void {
  const { batch, m, n, y } = matmul;
  const [rows, columns] = [Math.ceil(m / TILE), Math.ceil(n / TILE)];
  const tiles = batch * rows * columns;
  const parts = splits > 1 ? to.temporary([splits, batch, m, n], "float32", "matmul parts") : y;
  const target: Matmul = splits > 1 ? { ...matmul, y: parts, bias: undefined } : matmul;
  to.dispatch({
    kernel: kernelOf("matmul_tiled"),
    ...variantOf(matmul),
    bind: bindings(target),
    params: {
      ...sizes(target),
      ...strides(matmul),
      k_part: part,
      row_blocks: rows,
      column_blocks: columns,
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
interface Split {
  readonly splits: number;
  readonly part: number;
}

function splitSum(tiles: number, k: number): Split {
  const wanted = Math.min(Math.floor(FULL_GPU / tiles), Math.floor(k / SHORTEST_PART));
  if (wanted < 2) return { splits: 1, part: k };
  const part = Math.ceil(k / wanted / 16) * 16;
  return { splits: Math.ceil(k / part), part };
}

function sumParts(to: Lowering, { batch, m, n, y, bias }: Matmul, parts: Slot, splits: number): void {
  const size = batch * m * n;
  to.dispatch({
    kernel: kernelOf("matmul_split_sum"),
    bind: { parts, bias: bias ?? parts, y },
    params: { size, n, splits, has_bias: bias ? 1 : 0 },
    workgroups: foldWorkgroups("matmul", Math.ceil(size / 64), to.adapter),
    flops: size * (splits - 1),
  });
}

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

/** A kernel without bias has the binding all the same; any read-only slot serves. */
const bindings = ({ a, b, y, bias }: Matmul) => ({ a, b, bias: bias ?? a, y });

const flops = ({ batch, m, n, k }: MatmulProblem): number => 2 * batch * m * n * k;

/** The parameters that all matmul kernels have. */
function sizes({ batch, m, n, k, aBatched, bBatched, bias }: Matmul) {
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
const strides = ({ m, n, k, transposeA, transposeB }: MatmulProblem) => ({
  a_stride_m: transposeA ? 1 : k,
  a_stride_k: transposeA ? m : 1,
  b_stride_k: transposeB ? 1 : n,
  b_stride_n: transposeB ? k : 1,
});
