/** What recognises whole sounds: one or two nets of LSTMs or GRUs over a spectrum; which of its steps tell, attention says. */
import { dropout, nn, pool, reshape, sub, type Value } from "seqgrad";
import { stepSize } from "./spectra.ts";

/** As a spectrum is, or as it is beside its own mean, which takes away what a voice or a microphone sounds like throughout. */
export const earNames = ["plain", "centered"] as const;
export type Ear = (typeof earNames)[number];

export interface SoundSizes {
  readonly cell: "lstm" | "gru";
  readonly hidden: number;
  readonly layers: number;
  /** A net each. */
  readonly ears: readonly Ear[];
}

class Net extends nn.Module {
  readonly rnn: nn.LSTM | nn.GRU;
  readonly pooling: nn.AttentionPooling;
  readonly head: nn.Linear;

  constructor(classes: number, { cell, hidden, layers }: SoundSizes) {
    super();
    const options = { bidirectional: true, numLayers: layers, ...(layers > 1 && { dropout: 0.3 }) };
    this.rnn = cell === "lstm" ? new nn.LSTM(stepSize, hidden, options) : new nn.GRU(stepSize, hidden, options);
    this.pooling = new nn.AttentionPooling(2 * hidden, 32);
    this.head = new nn.Linear(2 * hidden, classes);
  }

  forward(spectra: Value, lengths: Value): Value {
    const [outputs] = this.rnn.forward(spectra, undefined, { lengths });
    return this.head.forward(dropout(this.pooling.forward(outputs, { lengths }), 0.4));
  }
}

export class SoundClassifier extends nn.Module {
  readonly nets: readonly Net[];

  constructor(
    classes: number,
    private readonly sizes: SoundSizes,
  ) {
    super();
    this.nets = sizes.ears.map(() => new Net(classes, sizes));
  }

  /** float32 [batch, time, stepSize] and the lengths → logits [batch, classes] of each net. */
  forward(spectra: Value, lengths: Value): readonly Value[] {
    const mean = reshape(pool(spectra, lengths, "mean"), [spectra.shape[0] as number, 1, stepSize]);
    return this.nets.map((net, i) =>
      net.forward(this.sizes.ears[i] === "centered" ? sub(spectra, mean) : spectra, lengths),
    );
  }
}
