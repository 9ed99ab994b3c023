/** The remedies that articles on recurrent nets name, each as what it changes in a plain net. */
import { dropout, last, nn, optim, schedules, type Value } from "seqgrad";
import { rememberingStart } from "../classic-tests/model.ts";

export interface Remedy {
  readonly label: string;
  /** @param length steps of a sequence */
  readonly layer?: (hidden: number, length: number) => Layer;
  /** Of the rate and the number of steps. */
  readonly optimizer?: (rate: number, steps: number) => ReturnType<typeof optim.sgd>;
  readonly clipNorm?: number;
  readonly dropout?: number;
}

interface Layer extends nn.Module {
  forward(x: Value): [outputs: Value, state: unknown];
}

const features = 2;
const descent = (learningRate: number) => optim.sgd({ learningRate });

/** Adam's step is about as long as its rate, whatever the gradient: a smaller one suits it. */
const adamRate = (rate: number) => rate / 30;

/** The first has none; the last has what goes together. */
export const list: readonly Remedy[] = [
  { label: "none" },
  { label: "activation: ReLU", layer: (hidden) => new nn.RNN(features, hidden, { activation: "relu" }) },
  {
    label: "start: orthogonal",
    layer: (hidden) =>
      new nn.RNN(features, hidden, { initializers: { recurrent: () => nn.initializers.orthogonal() } }),
  },
  { label: "gates: GRU", layer: (hidden) => new nn.GRU(features, hidden) },
  { label: "gates: LSTM", layer: (hidden) => new nn.LSTM(features, hidden, { forgetBias: 1 }) },
  {
    label: "gates that start open: LSTM",
    layer: (hidden, length) =>
      new nn.LSTM(features, hidden, { initializers: { bias: rememberingStart("lstm", hidden, length).bias } }),
  },
  { label: "clipping at 1", clipNorm: 1 },
  { label: "momentum 0.9", optimizer: (learningRate) => optim.sgd({ learningRate, momentum: 0.9 }) },
  {
    label: "decay: cosine",
    optimizer: (rate, steps) => optim.sgd({ learningRate: schedules.cosine(rate, { steps }) }),
  },
  { label: "rates of its own: Adam", optimizer: (rate) => optim.adam({ learningRate: adamRate(rate) }) },
  { label: "penalty: L2 0.001", optimizer: (learningRate) => optim.sgd({ learningRate, weightDecay: 0.001 }) },
  { label: "dropout 0.2", dropout: 0.2 },
  {
    label: "together: gates that start open, orthogonal, clipping, Adam, decay",
    layer: (hidden, length) =>
      new nn.LSTM(features, hidden, { initializers: rememberingStart("lstm", hidden, length) }),
    optimizer: (rate, steps) => optim.adam({ learningRate: schedules.cosine(adamRate(rate), { steps }) }),
    clipNorm: 1,
  },
];

export const optimizerOf = ({ optimizer = descent }: Remedy, rate: number, steps: number) => optimizer(rate, steps);

/** A recurrent layer, and a linear one on its last output. */
export class Adder extends nn.Module {
  readonly rnn: Layer;
  readonly head: nn.Linear;

  constructor(
    private readonly remedy: Remedy,
    hidden: number,
    length: number,
  ) {
    super();
    this.rnn = remedy.layer?.(hidden, length) ?? new nn.RNN(features, hidden);
    this.head = new nn.Linear(hidden, 1);
  }

  /** float32 [batch, time, 2] → [batch, 1] */
  forward(x: Value): Value {
    const summary = last(this.rnn.forward(x)[0]);
    return this.head.forward(this.remedy.dropout ? dropout(summary, this.remedy.dropout) : summary);
  }
}
