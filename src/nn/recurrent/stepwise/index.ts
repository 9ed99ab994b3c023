/**
 * What layers need that run step by step, look inside or draw random numbers. Layers whose kernels do all of it are most that
 * there are, and their programs do without the loop and what belongs to it, so that it is fetched when a layer needs it.
 */
export { dropout } from "../../../ops/elementwise/dropout.ts";
export { layerNorm } from "../../../ops/rows/norm.ts";
export { activate, bounded } from "./activate.ts";
export { diagonalLoop } from "./diagonal.ts";
export { lstmStep } from "./lstm-step.ts";
export { inspectOne, runSegments } from "./segments.ts";
export { runSteps, runStepsTogether } from "./steps.ts";
