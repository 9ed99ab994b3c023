import { nn, type Spec, type Value } from "seqgrad";
import { cells } from "./names.mjs";

export { cells };
export type Cell = (typeof cells)[number];

/** h and c of an LSTM, h of the others. */
export type State<T = Value> = T | nn.LSTMState<T>;

/** What all recurrent layers have in common: [batch, time, input] and a state → [batch, time, hidden] and the state after. */
export interface Layer extends nn.Module {
  stateSpec(batch: number): State<Spec>;
  forward(x: Value, state?: State): [outputs: Value, state: State];
}

export interface LayerOptions {
  readonly numLayers?: number;
  /** The minimal cells have no recurrent weights. */
  readonly initializers?: NonNullable<nn.RecurrentOptions["initializers"]>;
}

export function makeLayer(cell: Cell, inputSize: number, hiddenSize: number, options: LayerOptions = {}): Layer {
  const layers = { lstm: nn.LSTM, gru: nn.GRU, rnn: nn.RNN, minGru: nn.MinGRU, minLstm: nn.MinLSTM };
  return new layers[cell](inputSize, hiddenSize, options);
}
