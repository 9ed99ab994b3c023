export { MultiheadAttention, type MultiheadAttentionOptions, type SeenOptions } from "./attention.ts";
export * as initializers from "./initializers.ts";
export { Dropout, Embedding, Linear } from "./layers.ts";
export { Module, type StateDict } from "./module.ts";
export { LayerNorm, type NormOptions, RMSNorm } from "./norm.ts";
export { GRUCell, LSTMCell, RNNCell } from "./recurrent/cell-modules.ts";
export type { Activation } from "./recurrent/cells.ts";
export { gradientNorms } from "./recurrent/gradient-norms.ts";
export { GRU, type GRUOptions } from "./recurrent/gru.ts";
export { LSTM, type LSTMOptions, type LSTMState } from "./recurrent/lstm.ts";
export { MinGRU, type MinimalActivation, type MinimalOptions, MinLSTM } from "./recurrent/minimal.ts";
export type { LayerTrace, RecurrentOptions, SequenceOptions } from "./recurrent/options.ts";
export { RNN, type RNNOptions } from "./recurrent/rnn.ts";
export {
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
  TransformerLM,
  type TransformerLMOptions,
  type TransformerOptions,
} from "./transformer.ts";
