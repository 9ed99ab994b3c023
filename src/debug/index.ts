export { type BoundBuffer, type DispatchEntry, dispatches, dispatchTable, wgsl } from "./dispatches.ts";
export { graph } from "./graph.ts";
export { graphSvg } from "./graph-svg.ts";
export type { Inspected } from "./program.ts";
export { read } from "./read.ts";
