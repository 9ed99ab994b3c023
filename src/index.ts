export * from "./data/index.ts";
export * from "./errors.ts";
export * from "./generate/index.ts";
export { type AdapterDescription, Device, type DeviceOptions, openDevice } from "./gpu/device.ts";
export type { NestedNumbers, NumericArray, TypedData } from "./gpu/host-data.ts";
export type { DataOf, PartialDataOf, SpecTree, TensorsOf, ValuesOf } from "./gpu/inputs.ts";
export type { AdapterPeaks } from "./gpu/limits.ts";
export type { Profile, ProfileOptions, ProfileRow } from "./gpu/profile.ts";
export { State } from "./gpu/state.ts";
export { Tensor, type TensorData } from "./gpu/tensor.ts";
export { indexedDbTuning } from "./gpu/tune/indexed-db.ts";
export { fileTuning, localStorageTuning, memoryTuning, type TunedChoices, type TuningStore } from "./gpu/tune/store.ts";
export type { TuneOptions } from "./gpu/tune/tune.ts";
export { type Initializer, Parameter } from "./graph/parameter.ts";
export {
  type DefaultedSpec,
  type DType,
  float32,
  type InputOptions,
  int32,
  type Shape,
  type Spec,
} from "./graph/shape.ts";
export type { Tree } from "./graph/tree.ts";
export { Value } from "./graph/value.ts";
export * from "./io/index.ts";
export { Compiled, type CompileOptions, compile, type StatefulOptions } from "./nn/compile.ts";
export * as nn from "./nn/index.ts";
export { argmax } from "./ops/argmax.ts";
export { scaledDotProductAttention } from "./ops/attention.ts";
export type { AttentionOptions } from "./ops/attention-check.ts";
export { type CachedAttentionOptions, cachedAttention } from "./ops/attention-decode.ts";
export {
  type AttentionScoresOptions,
  attentionScores,
  attentionWeights,
  naiveAttention,
  type ScoreStage,
} from "./ops/attention-naive.ts";
export {
  advanceLengths,
  type CacheSizes,
  cachePositions,
  cacheReorder,
  cacheSpec,
  cacheWrite,
} from "./ops/cache.ts";
export { cast } from "./ops/cast.ts";
export { checkpoint } from "./ops/checkpoint.ts";
export { dropout } from "./ops/dropout.ts";
export {
  add,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  type Operand,
  power,
  scalar,
  sub,
} from "./ops/elementwise.ts";
export { embedding } from "./ops/embedding.ts";
export { max, min } from "./ops/extrema.ts";
export { toFloat16, toFloat32 } from "./ops/float16.ts";
export { type Gate, glu } from "./ops/gated-linear-unit.ts";
export { gradients } from "./ops/gradients.ts";
export { type GruOptions, gru } from "./ops/gru.ts";
export {
  concat,
  flip,
  full,
  permute,
  reshape,
  slice,
  split,
  stack,
  stopGradient,
  transpose,
  zeros,
} from "./ops/layout.ts";
export { type LinearScanOptions, linearScan } from "./ops/linear-scan.ts";
export { type LstmResult, lstm } from "./ops/lstm.ts";
export { linear, type MatmulOptions, matmul } from "./ops/matmul.ts";
export { layerNorm, type NormalizeOptions, rmsNorm } from "./ops/norm.ts";
export { alibiSlopes, type RopeOptions, rope, sinusoidalPositions } from "./ops/position.ts";
export { type QueryAttentionOptions, queryAttention } from "./ops/query-attention.ts";
export { randomUniform } from "./ops/random-uniform.ts";
export { broadcastTo, mean, type ReduceOptions, sum } from "./ops/reduce.ts";
export { maskSteps, reverseSequence } from "./ops/reverse-sequence.ts";
export { type RnnActivation, type RnnOptions, rnn } from "./ops/rnn.ts";
export { type ScanOptions, scan } from "./ops/scan/scan.ts";
export { select } from "./ops/select.ts";
export { logSoftmax, maskedSoftmax, softmax } from "./ops/softmax.ts";
export { take, takeAlongAxis } from "./ops/take.ts";
export {
  abs,
  clamp,
  cos,
  elu,
  exp,
  gelu,
  hardSigmoid,
  leakyRelu,
  log,
  neg,
  reciprocal,
  relu,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  tanh,
} from "./ops/unary.ts";
export type { ProgramStats } from "./plan/describe.ts";
export * as losses from "./train/losses.ts";
export * as optim from "./train/optim/index.ts";
export type { LossResult, StepResult, TrainerOptions } from "./train/options.ts";
export { Trainer } from "./train/trainer.ts";
