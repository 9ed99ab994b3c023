import { ShapeError } from "../errors.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { add, gelu, mul, relu } from "../ops/elementwise.ts";
import { slice } from "../ops/layout.ts";
import { linear } from "../ops/matmul.ts";
import { sinusoidalPositions } from "../ops/position.ts";
import { MultiheadAttention, type MultiheadAttentionOptions, requireHeads, type SeenOptions } from "./attention.ts";
import { normal } from "./initializers.ts";
import { Dropout, Embedding, Linear, requireSizes } from "./layers.ts";
import { Module } from "./module.ts";
import { LayerNorm } from "./norm.ts";

export interface TransformerLayerOptions extends MultiheadAttentionOptions {
  /** Width between the two linear layers; 4 · dModel (PyTorch's is 2048). */
  readonly dimFeedforward?: number;
  readonly activation?: "relu" | "gelu";
  /** Norm in front of each part (pre-norm) rather than behind its sum. */
  readonly normFirst?: boolean;
  /** Of the norms. */
  readonly epsilon?: number;
}

/** What both kinds of layer share: the feed-forward part, and where norms stand. */
abstract class TransformerLayer extends Module {
  readonly self_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly normFirst: boolean;
  readonly activation: "relu" | "gelu";
  protected readonly drop: Dropout;

  protected constructor(
    layer: string,
    readonly dModel: number,
    readonly numHeads: number,
    {
      dimFeedforward = 4 * dModel,
      activation = "relu",
      normFirst = false,
      epsilon = 1e-5,
      ...attention
    }: TransformerLayerOptions,
  ) {
    super();
    requireHeads(layer, dModel, numHeads, attention.kvHeads);
    requireSizes(layer, { dimFeedforward });
    if (activation !== "relu" && activation !== "gelu") {
      throw new ShapeError(`${layer}: activation is ${activation}, expected relu or gelu`);
    }
    const { bias = true, dropout = 0 } = attention;
    this.self_attn = new MultiheadAttention(dModel, numHeads, attention);
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { epsilon, bias });
    this.norm2 = new LayerNorm(dModel, { epsilon, bias });
    this.normFirst = normFirst;
    this.activation = activation;
    this.drop = new Dropout(dropout);
  }

  protected feedForward(x: Value): Value {
    const hidden = this.linear1.forward(x);
    return this.linear2.forward(this.drop.forward(this.activation === "gelu" ? gelu(hidden) : relu(hidden)));
  }

  /** x + part(norm(x)), or norm(x + part(x)). */
  protected residual(x: Value, norm: LayerNorm, part: (x: Value) => Value): Value {
    if (this.normFirst) return add(x, this.drop.forward(part(norm.forward(x))));
    return norm.forward(add(x, this.drop.forward(part(x))));
  }
}

/** Self-attention, then two linear layers (Vaswani et al. 2017), with PyTorch's names and options. */
export class TransformerEncoderLayer extends TransformerLayer {
  constructor(dModel: number, numHeads: number, options: TransformerLayerOptions = {}) {
    super("TransformerEncoderLayer", dModel, numHeads, options);
  }

  /** x [batch, length, dModel] → the same shape. */
  forward(x: Value, options: SeenOptions = {}): Value {
    const attended = this.residual(x, this.norm1, (y) => this.self_attn.forward(y, y, y, options));
    return this.residual(attended, this.norm2, (y) => this.feedForward(y));
  }
}

/** Causal self-attention, attention to a memory, then two linear layers. */
export class TransformerDecoderLayer extends TransformerLayer {
  readonly multihead_attn: MultiheadAttention;
  readonly norm3: LayerNorm;

  constructor(dModel: number, numHeads: number, options: TransformerLayerOptions = {}) {
    super("TransformerDecoderLayer", dModel, numHeads, options);
    const { epsilon = 1e-5, bias = true, dropout = 0, kvHeads = numHeads } = options;
    // positions in the memory have nothing to do with those here
    this.multihead_attn = new MultiheadAttention(dModel, numHeads, { bias, dropout, kvHeads });
    this.norm3 = new LayerNorm(dModel, { epsilon, bias });
  }

  /** x [batch, length, dModel], memory [batch, sources, dModel]; options of each attention. */
  forward(x: Value, memory: Value, options: SeenOptions = { causal: true }, memoryOptions: SeenOptions = {}): Value {
    const attended = this.residual(x, this.norm1, (y) => this.self_attn.forward(y, y, y, options));
    const crossed = this.residual(attended, this.norm2, (y) =>
      this.multihead_attn.forward(y, memory, memory, memoryOptions),
    );
    return this.residual(crossed, this.norm3, (y) => this.feedForward(y));
  }
}

export interface TransformerOptions extends TransformerLayerOptions {
  /** A norm behind the last layer; as `normFirst`, whose layers leave their sums without one. */
  readonly finalNorm?: boolean;
}

const finalNormOf = (
  dModel: number,
  { normFirst = false, finalNorm = normFirst, epsilon = 1e-5, bias = true }: TransformerOptions,
) => (finalNorm ? new LayerNorm(dModel, { epsilon, bias }) : null);

const repeat = <T>(owner: string, numLayers: number, make: () => T): readonly T[] => {
  requireSizes(owner, { numLayers });
  return Array.from({ length: numLayers }, make);
};

/** Encoder layers one behind the other. */
export class TransformerEncoder extends Module {
  readonly layers: readonly TransformerEncoderLayer[];
  readonly norm: LayerNorm | null;

  constructor(dModel: number, numHeads: number, numLayers: number, options: TransformerOptions = {}) {
    super();
    this.layers = repeat("TransformerEncoder", numLayers, () => new TransformerEncoderLayer(dModel, numHeads, options));
    this.norm = finalNormOf(dModel, options);
  }

  forward(x: Value, options: SeenOptions = {}): Value {
    const y = this.layers.reduce((hidden, layer) => layer.forward(hidden, options), x);
    return this.norm ? this.norm.forward(y) : y;
  }
}

/** Decoder layers one behind the other, all with the same memory. */
export class TransformerDecoder extends Module {
  readonly layers: readonly TransformerDecoderLayer[];
  readonly norm: LayerNorm | null;

  constructor(dModel: number, numHeads: number, numLayers: number, options: TransformerOptions = {}) {
    super();
    this.layers = repeat("TransformerDecoder", numLayers, () => new TransformerDecoderLayer(dModel, numHeads, options));
    this.norm = finalNormOf(dModel, options);
  }

  forward(x: Value, memory: Value, options: SeenOptions = { causal: true }, memoryOptions: SeenOptions = {}): Value {
    const y = this.layers.reduce((hidden, layer) => layer.forward(hidden, memory, options, memoryOptions), x);
    return this.norm ? this.norm.forward(y) : y;
  }
}

const POSITIONS = ["learned", "sinusoidal", "rope", "alibi", "none"] as const;

export interface TransformerLMOptions extends Omit<TransformerOptions, "rope" | "alibi"> {
  readonly dModel: number;
  readonly numHeads: number;
  readonly numLayers: number;
  /** How the model knows where a token stands. */
  readonly positions?: (typeof POSITIONS)[number];
  /** Longest sequence; learned positions have as many rows. */
  readonly maxLength?: number;
  /** The output layer is the embedding's transpose (Press and Wolf 2017). */
  readonly tied?: boolean;
}

/** A decoder-only language model (Radford et al. 2019): tokens int32 [batch, length] → logits [batch, length, vocabulary]. */
export class TransformerLM extends Module {
  readonly embed: Embedding;
  readonly position: Parameter | null;
  readonly body: TransformerEncoder;
  readonly head: Linear | null;
  readonly dModel: number;
  readonly positions: (typeof POSITIONS)[number];
  readonly maxLength: number;
  private readonly drop: Dropout;

  constructor(
    readonly vocabulary: number,
    {
      dModel,
      numHeads,
      numLayers,
      positions = "learned",
      maxLength = 1024,
      tied = true,
      ...rest
    }: TransformerLMOptions,
  ) {
    super();
    requireSizes("TransformerLM", { vocabulary, dModel, maxLength });
    if (!POSITIONS.includes(positions)) {
      throw new ShapeError(`TransformerLM: positions is ${positions}, expected one of ${POSITIONS.join(", ")}`);
    }
    this.dModel = dModel;
    this.positions = positions;
    this.maxLength = maxLength;
    this.embed = new Embedding(vocabulary, dModel);
    // small, because logits are inner products with these rows where they are tied
    this.embed.weight.initializer = normal(0.02);
    this.position = positions === "learned" ? new Parameter([maxLength, dModel], normal(0.02)) : null;
    this.body = new TransformerEncoder(dModel, numHeads, numLayers, {
      activation: "gelu",
      normFirst: true,
      ...rest,
      rope: positions === "rope",
      alibi: positions === "alibi",
    });
    this.head = tied ? null : new Linear(dModel, vocabulary, { bias: false });
    this.drop = new Dropout(rest.dropout ?? 0);
  }

  /** `lengths` int32 [batch]: tokens of each sequence that are there. */
  forward(tokens: Value, { lengths }: { readonly lengths?: Value } = {}): Value {
    if (tokens.rank !== 2) {
      throw new ShapeError(`TransformerLM: tokens have shape ${formatShape(tokens.shape)}, expected [batch, length]`);
    }
    const length = tokens.shape[1] as number;
    if (length > this.maxLength) {
      throw new ShapeError(
        `TransformerLM: ${length} tokens, expected at most maxLength ${this.maxLength}; cut the sequence or build the model with a larger maxLength`,
      );
    }
    const x = this.drop.forward(this.#place(this.embed.forward(tokens), length));
    const hidden = this.body.forward(x, { causal: true, ...(lengths ? { lengths } : {}) });
    return this.head ? this.head.forward(hidden) : linear(hidden, this.embed.weight);
  }

  #place(x: Value, length: number): Value {
    if (this.position) return add(x, slice(this.position, 0, 0, length));
    if (this.positions !== "sinusoidal") return x;
    // rows of the embedding are small beside sines: of order 1 as in the article, by √dModel
    return add(mul(x, Math.sqrt(this.dModel)), sinusoidalPositions(length, this.dModel));
  }
}
