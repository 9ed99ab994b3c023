export { type AdamOptions, adam, adamW } from "./adam.ts";
export { type AdagradOptions, adagrad, type RmspropOptions, rmsprop } from "./adaptive.ts";
export type { Optimizer, Schedule } from "./optimizer.ts";
export { type SgdOptions, sgd } from "./sgd.ts";
