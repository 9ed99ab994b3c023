export * as initializers from "./initializers.ts";
export { Dropout, Embedding, Linear } from "./layers.ts";
export { LSTM, type LSTMOptions, type LSTMState } from "./lstm.ts";
export { Module, type StateDict } from "./module.ts";
