import { nn, type Value } from "seqgrad";
import { type Cell, type Layer, makeLayer, type State } from "../shared/cells.ts";

/** Everything that decides a model's shapes. */
export interface ModelSizes {
  readonly cell: Cell;
  /** Number of different characters. */
  readonly vocabulary: number;
  readonly embed: number;
  readonly hidden: number;
  readonly layers: number;
}

/** Predicts the next character of a text from those before it. */
export class CharModel extends nn.Module {
  readonly embed: nn.Embedding;
  readonly rnn: Layer;
  readonly head: nn.Linear;

  constructor({ cell, vocabulary, embed, hidden, layers }: ModelSizes) {
    super();
    this.embed = new nn.Embedding(vocabulary, embed);
    this.rnn = makeLayer(cell, embed, hidden, { numLayers: layers });
    this.head = new nn.Linear(hidden, vocabulary);
  }

  /** @param tokens [batch, time]; gives logits [batch, time, vocabulary] and the state to go on from */
  forward(tokens: Value, state?: State): readonly [logits: Value, state: State] {
    const [hidden, next] = this.rnn.forward(this.embed.forward(tokens), state);
    return [this.head.forward(hidden), next];
  }
}
