/** Dispatches of attention's backward pass. */

import type { Slot } from "../../graph/lowering.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { NodeLowering, Value } from "../../graph/value.ts";
import { shared } from "../../kernels/generated/attention-shared.ts";
import { kernelSet } from "../../kernels/later.ts";
import { foldWorkgroups } from "../dispatch/workgroups.ts";
import { lowerReduction } from "../rows/reduction.ts";
import { aligned, bindings, overRows, parametersOf, variantOf } from "./kernels.ts";
import { type AttentionInputs, type AttentionProblem, products } from "./problem.ts";
import { lowerProductsBackward } from "./products.ts";
import { choose, eachCut, fitsCombined, fitsProducts, fitsTiles, type Way } from "./ways.ts";

/** Which of the gradients are wanted: of q, and of k and v one behind the other. */
export type AttentionGradients = {
  readonly dQ?: Value | undefined;
  readonly dKv?: Value | undefined;
};

/** Emits the gradients that are wanted. */
export function lowerAttentionBackward(
  to: NodeLowering,
  problem: AttentionProblem,
  inputs: AttentionInputs,
  dY: Slot,
  stats: Slot,
  { dQ, dKv }: AttentionGradients,
): void {
  const { batch, heads, kvHeads, queries, keys } = problem;
  const emit = (way: Way) => () => {
    const bind = { ...bindings(to, inputs), d_y: aligned(to, dY), stats };
    if (dQ) {
      const owned = { pass: "queries_backward", heads: batch * heads, rows: queries, products: 3 } as const;
      overRows(to, way, problem, inputs.bias, { ...bind, gradient: to.output(dQ) }, owned);
    }
    if (dKv) {
      const owned = { pass: "keys_backward", heads: batch * kvHeads, rows: keys, products: 4 } as const;
      overRows(to, way, problem, inputs.bias, { ...bind, gradient: to.output(dKv) }, owned);
    }
  };
  const which = dQ && dKv ? "backward" : dQ ? "queries backward" : "keys backward";
  const combined = () => lowerCombined(to, problem, inputs, dY, stats, dQ as Value, dKv as Value);
  const both = () => {
    const [q, kv] = [to.output(dQ as Value), to.output(dKv as Value)];
    const dV = { ...kv, offset: kv.offset + sizeOf(inputs.k.shape) };
    lowerProductsBackward(to, problem, inputs, dY, stats, { dQ: q, dK: kv, dV });
  };
  choose(to, which, problem, inputs, {
    registers: emit("registers"),
    ...(fitsTiles(to.adapter, problem) && { tiled: emit("tiled") }),
    ...(fitsCombined(to.adapter) && dQ && dKv && { combined }),
    ...(dQ && dKv && !inputs.bias && fitsProducts(to.adapter, problem) && { products: both }),
  });
}

const softwareKernel = /* @__PURE__ */ kernelSet(
  {},
  () => import("../../kernels/generated/attention-software.ts"),
  shared,
);

/** Rows, and columns, of a block of the combined kernel, threads of its workgroups, and threads to make work for. */
const COMBINED = { side: 16, threads: 4, wanted: 32 };

/** Both gradients in one pass. They become parts of one buffer, but for a d_q that is still to be added up. */
function lowerCombined(
  to: NodeLowering,
  problem: AttentionProblem,
  { q, k, v, bias, control }: AttentionInputs,
  dY: Slot,
  stats: Slot,
  dQ: Value,
  dKv: Value,
): void {
  const { batch, kvHeads, keys } = problem;
  const [sizeKv, sizeQ] = [sizeOf(dKv.shape), sizeOf(dQ.shape)];
  const blocks = Math.ceil(keys / COMBINED.side);
  // of the sizes but for the length alone, so that memory grows no faster than it
  const parts = Math.min(blocks, Math.ceil(COMBINED.wanted / (batch * kvHeads)));
  const all = to.temporary([sizeKv + parts * sizeQ], "float32", "attention gradients");
  eachCut(to, Math.ceil(blocks / parts), 5 * products(problem), (first, count, flops) => {
    to.dispatch({
      kernel: softwareKernel("attention_combined_backward"),
      variant: variantOf(problem),
      bind: { q, k, v, d_y: dY, stats, bias: bias ?? q, control: control ?? q, gradient: all },
      params: { ...parametersOf(problem, bias), parts, row_blocks: count, first_block: first },
      workgroups: foldWorkgroups(Math.ceil((batch * kvHeads * parts) / COMBINED.threads)),
      flops,
    });
  });
  to.alias(dKv, { ...all, shape: dKv.shape });
  const summands: Slot = { ...all, offset: all.offset + sizeKv, shape: [parts, sizeQ] };
  if (parts === 1) {
    to.alias(dQ, { ...summands, shape: dQ.shape });
    return;
  }
  lowerReduction(to, "sum", summands, [0], to.output(dQ), 1);
}
