import { nn, type Value } from "seqgrad";
import type { Body, MakeBody } from "./cell.ts";

/** Encoder layers with the norm in front; where each step stands, rotations of queries and keys say. */
class Transformer extends nn.Module implements Body {
  readonly project: nn.Linear;
  readonly encoder: nn.TransformerEncoder;

  constructor(
    input: number,
    readonly size: number,
    layers: number,
    heads: number,
    dropout: number,
    private readonly causal: boolean,
  ) {
    super();
    this.project = new nn.Linear(input, size);
    this.encoder = new nn.TransformerEncoder(size, heads, layers, {
      activation: "gelu",
      normFirst: true,
      rope: true,
      dropout,
    });
  }

  forward(x: Value): readonly [outputs: Value, state: undefined] {
    return [this.encoder.forward(this.project.forward(x), { causal: this.causal }), undefined];
  }

  attention(input: Value): Value[] {
    let x = this.project.forward(input);
    return this.encoder.layers.map((layer) => {
      const seen = layer.norm1.forward(x);
      x = layer.forward(x, { causal: this.causal });
      return layer.self_attn.weights(seen, seen, { causal: this.causal });
    });
  }
}

export const transformer: MakeBody = ({ input, foretells, settings }) => {
  const { hidden, layers, heads, dropout, bothWays } = settings;
  if (hidden % heads !== 0 || (hidden / heads) % 2 !== 0) {
    throw new Error(
      `A Transformer's units are shared out among its heads, an even number each: ${hidden} units and ${heads} heads do not go. Take ${2 * heads * Math.max(1, Math.round(hidden / heads / 2))} units.`,
    );
  }
  return new Transformer(input, hidden, layers, heads, dropout, foretells || !bothWays);
};
