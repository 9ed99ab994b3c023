/** What recognises whole sounds: layers of LSTMs or GRUs over a spectrum, and which steps tell, by attention. */
import { dropout, nn, type Value } from "seqgrad";
import { mels } from "./spectra.ts";

export interface SoundSizes {
  readonly cell: "lstm" | "gru";
  readonly hidden: number;
  readonly layers: number;
}

export class SoundClassifier extends nn.Module {
  readonly rnn: nn.LSTM | nn.GRU;
  readonly pooling: nn.AttentionPooling;
  readonly head: nn.Linear;

  constructor(classes: number, { cell, hidden, layers }: SoundSizes) {
    super();
    const options = { bidirectional: true, numLayers: layers, ...(layers > 1 && { dropout: 0.3 }) };
    this.rnn = cell === "lstm" ? new nn.LSTM(mels, hidden, options) : new nn.GRU(mels, hidden, options);
    this.pooling = new nn.AttentionPooling(2 * hidden, 32);
    this.head = new nn.Linear(2 * hidden, classes);
  }

  /** float32 [batch, time, mels] and the lengths → logits [batch, classes]. */
  forward(spectra: Value, lengths: Value): Value {
    const [outputs] = this.rnn.forward(spectra, undefined, { lengths });
    return this.head.forward(dropout(this.pooling.forward(outputs, { lengths }), 0.4));
  }
}
