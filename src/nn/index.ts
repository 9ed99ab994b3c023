export { isTraining } from "../graph/mode.ts";
export { MultiheadAttention, type MultiheadAttentionOptions } from "./attention.ts";
export type {
  CacheOptions,
  CachePlace,
  DecoderLayerCache,
  KeyValueCache,
  MemoryCacheOptions,
  SeenOptions,
} from "./attention-arguments.ts";
export { BatchNorm, type BatchNormOptions } from "./batch-norm.ts";
export { Conv1d, type Conv1dOptions, type ConvPadding, type LengthsOptions } from "./conv.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export * as initializers from "./initializers.ts";
export { Dropout, Linear } from "./layers.ts";
export { loadStateDict, type Model, Module, namedModules, namedParameters, stateDict } from "./module.ts";
export { LayerNorm, type NormOptions, RMSNorm } from "./norm.ts";
export { AttentionPooling } from "./pooling.ts";
export type {
  Activation,
  ActivationName,
  DirectedActivation,
  ParametricActivation,
} from "./recurrent/activations.ts";
export type { CellInput, CellOutput, CellParameter, CellShape, RecurrentCell } from "./recurrent/cell.ts";
export { GRUCell, LSTMCell, RNNCell } from "./recurrent/cell-modules.ts";
export { gradientNorms } from "./recurrent/gradient-norms.ts";
export { GRU, type GRUOptions } from "./recurrent/gru.ts";
export type { GRUCellOptions } from "./recurrent/gru-cell.ts";
export { LSTM, type LSTMOptions, type LSTMState } from "./recurrent/lstm.ts";
export type { LSTMCellOptions, LSTMNormOptions } from "./recurrent/lstm-options.ts";
export { MinGRU, type MinimalActivation, type MinimalOptions, MinLSTM } from "./recurrent/minimal.ts";
export type { CellOptions, LayerTrace, RecurrentOptions, SequenceOptions } from "./recurrent/options.ts";
export { Recurrent } from "./recurrent/recurrent.ts";
export { RNN, type RNNOptions } from "./recurrent/rnn.ts";
export type { RNNCellOptions } from "./recurrent/rnn-cell.ts";
export {
  AdditiveAttention,
  type Attended,
  LuongAttention,
  type LuongOptions,
  type LuongScore,
  type MemoryOptions,
  type PreparedMemory,
  RecurrentAttention,
} from "./seq2seq/attention.ts";
export type { Seq2SeqAttention, Seq2SeqCell, Seq2SeqState } from "./seq2seq/cell.ts";
export {
  type Encoded,
  type ForcingOptions,
  Seq2Seq,
  type Seq2SeqOptions,
  type SourceOptions,
} from "./seq2seq/seq2seq.ts";
export {
  type ForcingSchedule,
  inverseSigmoidForcing,
  type LinearForcing,
  linearForcing,
} from "./seq2seq/teacher-forcing.ts";
export type { LoadedTensors, LoadOptions, LoadReport, StateDict, StateDictOptions } from "./state-dict.ts";
export {
  type FeedForwardActivation,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer/layer.ts";
export { TransformerLM, type TransformerLMOptions } from "./transformer/lm.ts";
export {
  type TransformerCache,
  TransformerDecoder,
  TransformerEncoder,
  type TransformerMemoryCache,
  type TransformerOptions,
} from "./transformer/transformer.ts";
