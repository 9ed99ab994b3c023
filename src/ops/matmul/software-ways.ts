/** What software adapters take for a matrix product: no workgroup memory, whose barriers they emulate at a great price. */
import type { Choice, Lowering, WayCost } from "../../graph/lowering.ts";
import { cost, INSTRUCTIONS_PER_SECOND, turns } from "../dispatch/software-cost.ts";
import { foldWorkgroups } from "../dispatch/workgroups.ts";
import {
  aligned,
  bindings,
  flops,
  kernelOf,
  type Layout,
  layoutOf,
  type Matmul,
  type MatmulProblem,
  sizes,
  strides,
  variantOf,
  type Ways,
} from "./problem.ts";

export function softwareWays(to: Lowering, matmul: Matmul): Ways {
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

/** Seconds that SwiftShader takes to compile a pipeline of each way (bench/programs/compile-times.ts). */
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
