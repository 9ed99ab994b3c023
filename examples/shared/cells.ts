import { nn, type Spec, type Value } from "seqgrad";

export const cells = ["lstm", "gru", "rnn", "minGru", "minLstm"] as const;
export type Cell = (typeof cells)[number];

/** h and c of an LSTM, h of the others. */
export type State<T = Value> = T | nn.LSTMState<T>;

/** What all recurrent layers have in common: [batch, time, input] and a state → [batch, time, hidden] and the state after. */
export interface Layer extends nn.Module {
  stateSpec(batch: number): State<Spec>;
  forward(x: Value, state?: State): [outputs: Value, state: State];
}

export function makeLayer(cell: Cell, inputSize: number, hiddenSize: number, options: nn.RecurrentOptions = {}): Layer {
  switch (cell) {
    case "lstm":
      return new nn.LSTM(inputSize, hiddenSize, options);
    case "gru":
      return new nn.GRU(inputSize, hiddenSize, options);
    case "rnn":
      return new nn.RNN(inputSize, hiddenSize, options);
    case "minGru":
      return new nn.MinGRU(inputSize, hiddenSize, { numLayers: options.numLayers ?? 1 });
    case "minLstm":
      return new nn.MinLSTM(inputSize, hiddenSize, { numLayers: options.numLayers ?? 1 });
  }
}
