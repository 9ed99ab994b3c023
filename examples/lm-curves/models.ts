import { nn, type Value } from "seqgrad";
import { parameterCount } from "../shared/parameters.ts";

export const modelNames = ["transformer", "lstm"] as const;
export type ModelName = (typeof modelNames)[number];

/** tokens int32 [batch, time] → logits [batch, time, vocabulary], each from the tokens up to there. */
export interface LanguageModel extends nn.Module {
  forward(tokens: Value): Value;
}

export interface TransformerSizes {
  readonly dModel: number;
  readonly heads: number;
  readonly layers: number;
  readonly seqLen: number;
}

export interface LstmSizes {
  readonly embed: number;
  readonly hidden: number;
  readonly layers: number;
}

export const makeTransformer = (vocabulary: number, { dModel, heads, layers, seqLen }: TransformerSizes) =>
  new nn.TransformerLM(vocabulary, { dModel, numHeads: heads, numLayers: layers, maxLength: seqLen });

export class LstmLM extends nn.Module {
  readonly embed: nn.Embedding;
  readonly rnn: nn.LSTM;
  readonly head: nn.Linear;

  constructor(vocabulary: number, { embed, hidden, layers }: LstmSizes) {
    super();
    this.embed = new nn.Embedding(vocabulary, embed, { initializer: nn.initializers.normal() });
    this.rnn = new nn.LSTM(embed, hidden, { numLayers: layers, forgetBias: 1 });
    this.head = new nn.Linear(hidden, vocabulary);
  }

  /** Starts from zeros: it sees of a text what the Transformer sees. */
  forward(tokens: Value): Value {
    return this.head.forward(this.rnn.forward(this.embed.forward(tokens))[0]);
  }
}

/** The hidden size, a multiple of 4 for the kernels, with which an LSTM comes closest to so many parameters. */
export function hiddenSizeFor(parameters: number, vocabulary: number, sizes: Omit<LstmSizes, "hidden">): number {
  const distance = (hidden: number) =>
    Math.abs(parameterCount(new LstmLM(vocabulary, { ...sizes, hidden })) - parameters);
  let hidden = 4;
  while (distance(hidden + 4) < distance(hidden)) hidden += 4;
  return hidden;
}
