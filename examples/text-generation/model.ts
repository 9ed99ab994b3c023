import {
  createRecurrentDecoder,
  createTransformerDecoder,
  type Decoder,
  type Device,
  nn,
  slidingWindow,
  type Value,
} from "seqgrad";
import { type Cell, type Layer, makeLayer, type State } from "../shared/cells.ts";
import type { positions } from "../shared/names.mjs";

/** A recurrent model; `model` is its cell. */
export interface RecurrentForm {
  readonly model: Cell;
  readonly layers: number;
  readonly hidden: number;
  readonly embed: number;
}

/** A decoder-only Transformer. */
export interface TransformerForm {
  readonly model: "transformer";
  readonly layers: number;
  /** Numbers that stand for a character in all layers (dModel). */
  readonly hidden: number;
  readonly heads: number;
  readonly positions: (typeof positions)[number];
}

/** What the user decides about a model. */
export type ModelForm = RecurrentForm | TransformerForm;

/** Everything that decides a model's shapes. */
export type ModelSizes = ModelForm & {
  /** Number of different characters. */
  readonly vocabulary: number;
  /** Characters that a Transformer sees at once; recurrent models carry their state on without an end. */
  readonly context: number;
};

/** Predicts the next character of a text from those before it. */
export type TextModel = RecurrentModel | nn.TransformerLM;

export function makeModel(sizes: ModelSizes): TextModel {
  if (sizes.model !== "transformer") return new RecurrentModel(sizes);
  const { vocabulary, hidden, layers, heads, positions, context } = sizes;
  const options = { dModel: hidden, numLayers: layers, numHeads: heads, positions, maxLength: context };
  return new nn.TransformerLM(vocabulary, options);
}

/** "lstm, 2 layers of 128". */
export function describeModel(sizes: ModelForm): string {
  const layers = `${sizes.model}, ${sizes.layers} ${sizes.layers === 1 ? "layer" : "layers"} of ${sizes.hidden}`;
  return sizes.model === "transformer" ? `${layers}, ${sizes.heads} heads, positions ${sizes.positions}` : layers;
}

export class RecurrentModel extends nn.Module {
  readonly embed: nn.Embedding;
  readonly rnn: Layer;
  readonly head: nn.Linear;

  constructor({ model, vocabulary, embed, hidden, layers }: RecurrentForm & { readonly vocabulary: number }) {
    super();
    this.embed = new nn.Embedding(vocabulary, embed, { initializer: nn.initializers.normal() });
    this.rnn = makeLayer(model, embed, hidden, { numLayers: layers });
    this.head = new nn.Linear(hidden, vocabulary);
  }

  /** @param tokens [batch, time]; gives logits [batch, time, vocabulary] and the state to go on from */
  forward(tokens: Value, state?: State): readonly [logits: Value, state: State] {
    const [hidden, next] = this.rnn.forward(this.embed.forward(tokens), state);
    return [this.head.forward(hidden), next];
  }
}

/** The model as one that writes: one sequence, without an end. */
export async function openDecoder(device: Device, model: TextModel): Promise<Decoder> {
  if (model instanceof RecurrentModel) {
    return createRecurrentDecoder(device, model, {
      batch: 1,
      state: model.rnn.stateSpec(1),
      forward: (tokens, state) => model.forward(tokens, state),
    });
  }
  const capacity = model.maxLength;
  return slidingWindow(await createTransformerDecoder(device, model, { batch: 1, capacity }), { capacity });
}
