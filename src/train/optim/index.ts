export { type AdamOptions, adam, adamW, type NadamOptions, nadam, nadamW } from "./adam.ts";
export { type AdagradOptions, adagrad, type RmspropOptions, rmsprop } from "./adaptive.ts";
export type { NormConstraint, ParameterGroup } from "./groups.ts";
export { type LionOptions, lion } from "./lion.ts";
export { type MuonOptions, type MuonRest, muon } from "./muon.ts";
export type { Optimizer, OptimizerOptions } from "./optimizer.ts";
export type { NamePattern } from "./pattern.ts";
export type { Schedule } from "./rate.ts";
export { type SgdOptions, sgd } from "./sgd.ts";
