export { type AucOptions, auc } from "./auc.ts";
export {
  type AverageOptions,
  accuracy,
  type ClassOptions,
  confusionMatrix,
  f1,
  precision,
  recall,
  topKAccuracy,
} from "./classes.ts";
export { mean } from "./mean.ts";
export type { Arithmetic, Metric, MetricOptions, Statistics } from "./metric.ts";
export {
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanAbsoluteScaledError,
  meanSquaredError,
  r2,
  rootMeanSquaredError,
  type ScaledErrorOptions,
  symmetricMeanAbsolutePercentageError,
} from "./numbers.ts";
export { type Bleu, type BleuOptions, bleu } from "./text/bleu.ts";
export { type ChrfOptions, chrf } from "./text/chrf.ts";
export { characterErrorRate, wordErrorRate } from "./text/error-rates.ts";
export type { References } from "./text/pairs.ts";
export { type Rouge, type RougeOptions, rouge } from "./text/rouge.ts";
export { type BitsOptions, bitsPerCharacter, perplexity } from "./tokens.ts";
