/**
 * Values, programs, layers and training of sequence models on WebGPU.
 *
 * @module seqgrad
 */
export { type StreamBatch, StreamBatches, type StreamBatchesState } from "./data/batches/stream-batches.ts";
export { CharTokenizer, type CharTokenizerJson } from "./data/text/char-tokenizer.ts";
export * as debug from "./debug/index.ts";
export * from "./errors.ts";
export * from "./generate/index.ts";
export type { AdapterDescription } from "./gpu/adapter.ts";
export { Device } from "./gpu/device.ts";
export type { NestedNumbers, NumericArray, TypedData } from "./gpu/host-data.ts";
export { type DeviceOptions, openDevice } from "./gpu/open.ts";
export { Tensor, type TensorData } from "./gpu/tensor.ts";
export { indexedDbTuning } from "./gpu/tuning/indexed-db.ts";
export {
  fileTuning,
  localStorageTuning,
  memoryTuning,
  type TunedChoices,
  type TuningStore,
} from "./gpu/tuning/store.ts";
export { type Initializer, Parameter } from "./graph/parameter.ts";
export {
  type DefaultedNamedSpec,
  type DefaultedSpec,
  type DType,
  type Extent,
  float32,
  type InputOptions,
  int32,
  type NamedSpec,
  type Shape,
  type Spec,
} from "./graph/shape.ts";
export type { Tree } from "./graph/tree.ts";
export { Value } from "./graph/value.ts";
export * from "./io/index.ts";
export * as metrics from "./metrics/index.ts";
export { type CompileOptions, compile, type StatefulOptions } from "./nn/compile.ts";
export { Compiled } from "./nn/compiled.ts";
export * as nn from "./nn/index.ts";
export { scaledDotProductAttention } from "./ops/attention/attention.ts";
export {
  advanceLengths,
  type CacheSizes,
  cachePositions,
  cacheReorder,
  cacheSpec,
  cacheWrite,
} from "./ops/attention/cache.ts";
export type { AttentionOptions } from "./ops/attention/check.ts";
export { type CachedAttentionOptions, cachedAttention } from "./ops/attention/decode.ts";
export {
  type AttentionScoresOptions,
  attentionScores,
  attentionWeights,
  naiveAttention,
  type ScoreStage,
} from "./ops/attention/naive.ts";
export { alibiSlopes, type RopeOptions, rope, sinusoidalPositions } from "./ops/attention/position.ts";
export { type RecurrentAttentionOptions, recurrentAttention } from "./ops/attention/recurrent-attention.ts";
export { cast } from "./ops/elementwise/cast.ts";
export { dropout } from "./ops/elementwise/dropout.ts";
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
  pow,
  scalar,
  sub,
} from "./ops/elementwise/elementwise.ts";
export { toFloat16, toFloat32 } from "./ops/elementwise/float16.ts";
export { type Gate, glu } from "./ops/elementwise/gated-linear-unit.ts";
export { randomUniform } from "./ops/elementwise/random-uniform.ts";
export { select } from "./ops/elementwise/select.ts";
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
} from "./ops/elementwise/unary.ts";
export { type EmbedOptions, embedding } from "./ops/layout/embedding.ts";
export {
  concat,
  flip,
  full,
  permute,
  reshape,
  type SplitParts,
  slice,
  split,
  squeeze,
  stack,
  stopGradient,
  transpose,
  zeros,
} from "./ops/layout/layout.ts";
export { oneHot } from "./ops/layout/one-hot.ts";
export { take, takeAlongAxis } from "./ops/layout/take.ts";
export { checkpoint } from "./ops/loop/checkpoint.ts";
export { gradients } from "./ops/loop/gradients.ts";
export { type ScanOptions, scan } from "./ops/loop/scan.ts";
export { linear, type MatmulOptions, matmul } from "./ops/matmul/matmul.ts";
export { type GruRecurrenceOptions, gru } from "./ops/recurrent/gru.ts";
export { type LinearScanOptions, linearScan } from "./ops/recurrent/linear-scan.ts";
export { type LstmRecurrenceOptions, type LstmResult, lstm } from "./ops/recurrent/lstm.ts";
export type { RecurrenceOptions } from "./ops/recurrent/options.ts";
export { last, type Pooling, pool } from "./ops/recurrent/pool.ts";
export { maskSteps, reverseSequence } from "./ops/recurrent/reverse-sequence.ts";
export { type RnnActivation, type RnnRecurrenceOptions, rnn } from "./ops/recurrent/rnn.ts";
export { argmax } from "./ops/rows/argmax.ts";
export { type CumsumOptions, cumsum } from "./ops/rows/cumsum.ts";
export { max, min } from "./ops/rows/extrema.ts";
export { layerNorm, type NormalizeOptions, rmsNorm } from "./ops/rows/norm.ts";
export { broadcastTo, mean, type ReduceOptions, sum } from "./ops/rows/reduce.ts";
export { logSoftmax, maskedSoftmax, softmax } from "./ops/rows/softmax.ts";
export { topk } from "./ops/rows/topk.ts";
export type { ProgramStats } from "./plan/describe.ts";
export type { DescribeOptions } from "./run/describe-for.ts";
export type { DataOf, ExtentNames, PartialDataOf, SpecTree, TensorsOf, ValuesOf } from "./run/inputs.ts";
export type { AdapterPeaks } from "./run/limits.ts";
export type { Profile, ProfileOptions, ProfileRow } from "./run/profile.ts";
export type {
  BucketOptions,
  ProgramOfSize,
  ProgramsStats,
  SizeOptions,
  Sizes,
  SizesOf,
} from "./run/sizes/types.ts";
export { State } from "./run/state.ts";
export type { TuneOptions } from "./run/tune/tune.ts";
export { indexedDbCheckpoints } from "./train/checkpoint/indexed-db.ts";
export type { PlainData, Resumable, Resumed, ResumeSource, SaveOptions } from "./train/checkpoint/resumable.ts";
export {
  type CheckpointInfo,
  type CheckpointStore,
  folderCheckpoints,
  memoryCheckpoints,
  type StoredCheckpoint,
  type StoreOptions,
} from "./train/checkpoint/store.ts";
export type { DataSet, Evaluated, MetricsOf, Predicted, Read } from "./train/evaluation/types.ts";
export {
  findLearningRate,
  type LearningRateOptions,
  type LearningRateRange,
} from "./train/find-learning-rate.ts";
export * as callbacks from "./train/fit/callbacks/index.ts";
export { fit } from "./train/fit/fit.ts";
export type { AnyTrainer, EpochEvent, FitCallback, FitOptions, FitRun, History, StepEvent } from "./train/fit/types.ts";
export * as losses from "./train/losses/index.ts";
export * as optim from "./train/optim/index.ts";
export type { LossRecord, LossResult, StepResult, TrainerOptions } from "./train/options.ts";
export * as schedules from "./train/schedules/index.ts";
export { Trainer } from "./train/trainer.ts";
