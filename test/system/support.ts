// A character model small enough that steps take milliseconds.
import { type Device, int32, losses, nn, optim, Trainer, type Value } from "../../src/index.ts";

export const VOCABULARY = 11;
export const BATCH = 3;

export interface CharSizes {
  readonly seqLen?: number;
  readonly hidden?: number;
  readonly layers?: number;
  readonly seed?: number;
  readonly clipNorm?: number;
}

export class CharModel extends nn.Module {
  readonly embed: nn.Embedding;
  readonly rnn: nn.LSTM;
  readonly head: nn.Linear;

  constructor(hidden = 16, layers = 1) {
    super();
    this.embed = new nn.Embedding(VOCABULARY, 5);
    this.rnn = new nn.LSTM(5, hidden, { numLayers: layers });
    this.head = new nn.Linear(hidden, VOCABULARY);
  }

  forward(tokens: Value, state?: nn.LSTMState): readonly [logits: Value, state: nn.LSTMState] {
    const [hidden, next] = this.rnn.forward(this.embed.forward(tokens), state);
    return [this.head.forward(hidden), next];
  }
}

/** Truncated backpropagation through time with AdamW and clipping, as the text example does it. */
export async function charTrainer(device: Device, sizes: CharSizes = {}) {
  const { seqLen = 8, hidden = 16, layers = 1, seed = 7, clipNorm = 1 } = sizes;
  const model = new CharModel(hidden, layers);
  const trainer = await Trainer.create(device, model, {
    inputs: { tokens: int32([BATCH, seqLen]), targets: int32([BATCH, seqLen]) },
    carry: { state: model.rnn.stateSpec(BATCH) },
    loss: ({ tokens, targets, state }) => {
      const [logits, next] = model.forward(tokens, state);
      return { loss: losses.crossEntropy(logits, targets), carry: { state: next } };
    },
    optimizer: optim.adamW({ learningRate: 3e-2 }),
    clipNorm,
    seed,
  });
  return { model, trainer };
}

/** A step's data, the same in every host: from a token mostly follows its target. */
export function tokensFor(seqLen: number, step = 0): { tokens: Int32Array; targets: Int32Array } {
  const at = (i: number) => (3 * i + step + (i % 4 === 0 ? 1 : 0)) % VOCABULARY;
  const make = (shift: number) => Int32Array.from({ length: BATCH * seqLen }, (_, i) => at(i + shift));
  return { tokens: make(0), targets: make(1) };
}
