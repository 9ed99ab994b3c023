/** Float64 oracles of every operation, under seqgrad's names. */
export { broadcastTo } from "./array.ts";
export { ctcLosses } from "./ctc.ts";
export * from "./elementwise.ts";
export * from "./layout.ts";
export * from "./losses.ts";
export { embedding, linear, matmul } from "./matmul.ts";
export { layerNorm, rmsNorm } from "./norm.ts";
export { lstm, lstmLayers, scan } from "./recurrent/recurrent.ts";
export * from "./reduce.ts";
export { rnntLosses } from "./rnnt.ts";
export * from "./take.ts";
