/** What GPUs take for a matrix product. */
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { foldWorkgroups } from "../dispatch/workgroups.ts";
import { bindings, flops, kernelOf, layoutOf, type Matmul, sizes, strides, variantOf, type Ways } from "./problem.ts";

/** Rows, and columns, of y that a workgroup of the tiled kernels owns. */
const TILE = 64;

/** Tiles in workgroup memory for GPUs; where y has few tiles, several workgroups share each tile's sum over k. */
export function hardwareWays(to: Lowering, matmul: Matmul): Ways {
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
    ...tiledKernel(matmul),
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

/** By vec4 where the layout allows it, else by numbers. */
function tiledKernel(matmul: Matmul) {
  const layout = layoutOf(matmul);
  if (layout === "strided") return { kernel: kernelOf("matmul_tiled_strided"), ...variantOf(matmul) };
  return { kernel: kernelOf("matmul_tiled_vectors"), ...variantOf(matmul, layout === "nn" ? "" : layout) };
}

/** So many workgroups, of 128 threads, fill a GPU; a part of k shorter than this is not worth its share of the final sum. */
const FULL_GPU = 256;
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
