/** What a run is made from. A link holds all of it but for the visitor's own data. */
export const taskNames = [
  "text",
  "adding",
  "copy",
  "parity",
  "recall",
  "dates",
  "series",
  "strokes",
  "digits",
] as const;
export type TaskName = (typeof taskNames)[number];

export const cellNames = [
  "lstm",
  "peephole",
  "gru",
  "gruBefore",
  "rnn",
  "minGru",
  "minLstm",
  "jordan",
  "transformer",
  "seq2seq",
] as const;
export type CellName = (typeof cellNames)[number];

export const activations = [
  "tanh",
  "relu",
  "leaky_relu",
  "sigmoid",
  "hard_sigmoid",
  "hard_tanh",
  "softsign",
  "softplus",
  "elu",
  "gelu",
  "silu",
  "identity",
] as const;

export const optimizers = ["adamW", "adam", "nadam", "lion", "rmsprop", "adagrad", "sgd"] as const;
export const schedules = ["cosine", "constant", "oneCycle", "step", "exponential"] as const;

export interface Settings {
  readonly task: TaskName;
  readonly cell: CellName;
  /** Of the simple RNN. */
  readonly activation: (typeof activations)[number];
  /** Steps of time in a sequence, or of the silence in it: what makes the task hard. */
  readonly length: number;
  readonly hidden: number;
  readonly layers: number;
  /** Of the Transformer. */
  readonly heads: number;
  readonly bothWays: boolean;
  readonly batch: number;
  readonly steps: number;
  readonly optimizer: (typeof optimizers)[number];
  /** Learning rate at its highest. */
  readonly rate: number;
  readonly schedule: (typeof schedules)[number];
  /** Greatest norm of the gradient; 0 stands for none. */
  readonly clip: number;
  readonly dropout: number;
  readonly seed: number;
  /** Of a CSV file; "" stands for its last one. */
  readonly column: string;
}

export type SettingName = keyof Settings;
