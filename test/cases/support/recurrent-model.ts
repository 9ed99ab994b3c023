import type { CaseContext } from "../../../harness/case.ts";
import {
  compile,
  createRecurrentDecoder,
  type Decoder,
  int32,
  nn,
  permute,
  type Tree,
  type Value,
} from "../../../src/index.ts";

/** Of all layers. */
export const HIDDEN = 12;
/** Of those layers that are stacked. */
export const LAYERS = 2;

export interface Layer extends nn.Module {
  stateSpec(batch: number): object;
  forward(x: Value, state?: Tree): [outputs: Value, state: Tree];
}

/** A language model around any recurrent layer. */
export class RecurrentModel extends nn.Module {
  readonly embed: nn.Embedding;
  readonly head: nn.Linear;

  constructor(
    readonly rnn: Layer,
    readonly vocabulary = 7,
  ) {
    super();
    this.embed = new nn.Embedding(vocabulary, 5);
    this.head = new nn.Linear(HIDDEN, vocabulary);
    // learned first states begin as zeros, which would hide that they are taken
    for (const [name, parameter] of this.namedParameters()) {
      if (/_0$/.test(name)) parameter.initializer = nn.initializers.normal();
    }
  }

  forward(tokens: Value, state?: Tree): [logits: Value, state: Tree] {
    const [hidden, next] = this.rnn.forward(this.embed.forward(tokens), state);
    return [this.head.forward(hidden), next];
  }

  decoder({ device }: CaseContext, batch: number): Promise<Decoder> {
    const forward = (tokens: Value, state: unknown) => this.forward(tokens, state as Tree) as [Value, never];
    return createRecurrentDecoder(device, this, { batch, state: this.rnn.stateSpec(batch), forward });
  }

  /** As `wholeLogits`. */
  whole({ device }: CaseContext, sequences: readonly (readonly number[])[]): Promise<number[][]> {
    return wholeLogits(device, this, (tokens) => this.forward(tokens)[0], sequences);
  }
}

/** Logits of every position of whole sequences by one program without a state, [position, batch · vocabulary]. */
export async function wholeLogits(
  device: CaseContext["device"],
  model: nn.Module,
  forward: (tokens: Value) => Value,
  sequences: readonly (readonly number[])[],
): Promise<number[][]> {
  const [batch, length] = [sequences.length, (sequences[0] as readonly number[]).length];
  using compiled = await compile(device, model, {
    inputs: { tokens: int32([batch, length]) },
    fn: ({ tokens }) => ({ logits: permute(forward(tokens), [1, 0, 2]) }),
  });
  const { logits } = await compiled.run({ tokens: sequences.map((row) => [...row]) });
  const all = [...(await logits.read())];
  const size = all.length / length;
  return Array.from({ length }, (_, t) => all.slice(t * size, (t + 1) * size));
}
