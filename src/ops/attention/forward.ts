/** Dispatches of attention's forward pass. */
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { bindings, overRows } from "./kernels.ts";
import type { AttentionInputs, AttentionProblem } from "./problem.ts";
import { lowerProductsForward } from "./products.ts";
import { choose, fitsProducts, fitsTiles, type Way } from "./ways.ts";

/** Emits y [batch, heads, queries, dim] and lse [batch, heads, queries]. */
export function lowerAttentionForward(
  to: Lowering,
  problem: AttentionProblem,
  inputs: AttentionInputs,
  y: Slot,
  lse: Slot,
): void {
  const { batch, heads, queries } = problem;
  const emit = (way: Way) => () => {
    const bind = { ...bindings(to, inputs), y, lse };
    overRows(to, way, problem, inputs.bias, bind, {
      pass: "forward",
      heads: batch * heads,
      rows: queries,
      products: 2,
    });
  };
  const products = () => lowerProductsForward(to, problem, inputs, y, lse);
  choose(to, "forward", problem, inputs, {
    registers: emit("registers"),
    ...(fitsTiles(to.adapter, problem) && { tiled: emit("tiled") }),
    ...(!inputs.bias && fitsProducts(to.adapter, problem) && { products }),
  });
}
