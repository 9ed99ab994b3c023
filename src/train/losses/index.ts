export {
  binaryCrossEntropy,
  cosineDistance,
  crossEntropy,
  type HingeOptions,
  hinge,
  type KlDivergenceOptions,
  klDivergence,
} from "./classes.ts";
export { type CtcOptions, ctc } from "./ctc.ts";
export {
  type HuberOptions,
  huber,
  meanAbsoluteError,
  meanSquaredError,
  type QuantileOptions,
  quantile,
} from "./regression.ts";
export type { LossOptions } from "./weighing.ts";
