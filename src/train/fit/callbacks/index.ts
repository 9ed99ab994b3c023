/** What `fit` can do on the way. */
export { type EarlyStoppingOptions, earlyStopping } from "./early-stopping.ts";
export { csvLog, jsonLog, type LogOptions } from "./logs.ts";
export { checkpoint, everySteps } from "./moments.ts";
export type { Monitor } from "./monitor.ts";
export { type ProgressOptions, progress } from "./progress.ts";
export { type ReduceOptions, reduceOnPlateau } from "./reduce-on-plateau.ts";
