export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropy,
  cosineDistance,
  type HingeOptions,
  hinge,
  type KlDivergenceOptions,
  klDivergence,
} from "./classes.ts";
export {
  type CrossEntropyOptions,
  crossEntropy,
  type NegativeLogLikelihoodOptions,
  negativeLogLikelihood,
} from "./cross-entropy.ts";
export { type CtcOptions, ctc } from "./ctc.ts";
export {
  type HuberOptions,
  huber,
  meanAbsoluteError,
  meanSquaredError,
  type QuantileOptions,
  quantile,
} from "./regression.ts";
export { type RnntOptions, rnnt } from "./rnnt.ts";
export type { LossOptions } from "./weighing.ts";
