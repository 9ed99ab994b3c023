// What a trainer does beside its steps, loaded when the first of it is asked for. It is one module, since each module that comes
// later splits what it shares with the program off in a file of its own, which costs a program that only trains more than it saves.
export { encodeSnapshot } from "./checkpoint/encode.ts";
export { openCheckpoint, restore } from "./checkpoint/resume.ts";
export { diagnose } from "./diagnosis.ts";
export { Evaluation } from "./evaluation/evaluation.ts";
export { StepMetrics } from "./evaluation/step-metrics.ts";
export { checkConstraints } from "./update/constraints.ts";
export { makeStages } from "./update/stages.ts";
