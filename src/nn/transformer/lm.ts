import { ShapeError } from "../../errors.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import { Parameter } from "../../graph/parameter.ts";
import { formatShape, type Spec } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { cachePositions } from "../../ops/attention/cache.ts";
import { sinusoidalPositions } from "../../ops/attention/position.ts";
import { add, mul } from "../../ops/elementwise/elementwise.ts";
import { embedding } from "../../ops/layout/embedding.ts";
import { slice } from "../../ops/layout/layout.ts";
import { linear } from "../../ops/matmul/matmul.ts";
import { checkOptions, count, flag, type KindsOf, oneOf, required } from "../../options.ts";
import type { CacheOptions } from "../attention-arguments.ts";
import { cacheKinds, requireLayerCaches } from "../attention-arguments.ts";
import { Embedding } from "../embedding.ts";
import { normal } from "../initializers.ts";
import { Dropout, Linear, layerCount, requireSizes } from "../layers.ts";
import { Module } from "../module.ts";
import { type TransformerCache, TransformerEncoder, type TransformerOptions, transformerKinds } from "./transformer.ts";

const POSITIONS = ["learned", "sinusoidal", "rope", "alibi", "none"] as const;

/** Options of `TransformerLM`. */
export interface TransformerLMOptions extends Omit<TransformerOptions, "rope" | "alibi"> {
  /** Features of a token. */
  readonly dModel: number;
  /** Heads of each attention. */
  readonly numHeads: number;
  /** Layers one behind the other. */
  readonly numLayers: number;
  /** How the model knows where a token stands. */
  readonly positions?: (typeof POSITIONS)[number];
  /** Longest sequence; learned positions have as many rows. */
  readonly maxLength?: number;
  /** The output layer is the embedding's transpose (Press and Wolf 2017). */
  readonly tied?: boolean;
}

const { rope: _, alibi: __, ...bodyKinds } = transformerKinds;
const lmKinds: KindsOf<TransformerLMOptions> = {
  ...bodyKinds,
  dModel: required(count),
  numHeads: required(count),
  numLayers: required(layerCount),
  positions: oneOf(...POSITIONS),
  maxLength: count,
  tied: flag,
};

/**
 * A decoder-only language model (Radford et al. 2019): tokens int32 [batch, length] → logits [batch, length, vocabulary].
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const model = new nn.TransformerLM(256, { dModel: 64, numHeads: 4, numLayers: 2, positions: "rope" });
 * const logits = (tokens: Value) => model.forward(tokens); // int32 [batch, length] → [batch, length, 256]
 * ```
 */
export class TransformerLM extends Module {
  /** [vocabulary, dModel]. */
  readonly embed: Embedding;
  /** [maxLength, dModel], added to the tokens; null unless positions are learned. */
  readonly position: Parameter | null;
  /** The layers, with a norm behind the last. */
  readonly body: TransformerEncoder;
  /** From dModel to the logits of the vocabulary; null where it is tied to `embed`. */
  readonly head: Linear | null;
  /** Features of a token. */
  readonly dModel: number;
  /** How the model knows where a token stands. */
  readonly positions: (typeof POSITIONS)[number];
  /** Longest sequence. */
  readonly maxLength: number;
  private readonly drop: Dropout;

  constructor(
    readonly vocabulary: number,
    options: TransformerLMOptions,
  ) {
    super();
    checkOptions("TransformerLM", options, lmKinds);
    const { dModel, numHeads, numLayers, positions = "learned", maxLength = 1024, tied = true, ...rest } = options;
    requireSizes("TransformerLM", { vocabulary, dModel, maxLength });
    this.dModel = dModel;
    this.positions = positions;
    this.maxLength = maxLength;
    // small, because logits are inner products with these rows where they are tied
    this.embed = new Embedding(vocabulary, dModel, { initializer: normal({ std: 0.02 }) });
    this.position = positions === "learned" ? new Parameter([maxLength, dModel], normal({ std: 0.02 })) : null;
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
  forward(tokens: Value, options: { readonly lengths?: Value } = {}): Value {
    requireValues("TransformerLM", { tokens });
    checkOptions("TransformerLM", options, { lengths: optionalValue });
    const { lengths } = options;
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
    return this.#logits(this.body.forward(x, { causal: true, ...(lengths ? { lengths } : {}) }));
  }

  /** Specs of a cache for `decode`; a capacity beyond maxLength would have no positions. */
  cacheSpec(options: CacheOptions): TransformerCache<Spec> {
    checkOptions("TransformerLM", options, cacheKinds);
    const { batch, capacity } = options;
    if (capacity > this.maxLength) {
      throw new ShapeError(
        `TransformerLM: a cache of capacity ${capacity}, expected at most maxLength ${this.maxLength}; build the model with a larger maxLength`,
      );
    }
    return this.body.cacheSpec({ batch, capacity });
  }

  /**
   * `forward` of tokens int32 [batch, n] that follow those in the cache → logits [batch, n, vocabulary], or with `last` those
   * behind the last token, [batch, 1, vocabulary]; and the next cache. For inference: nothing of it has a gradient.
   */
  decode(
    tokens: Value,
    cache: TransformerCache,
    options: { readonly last?: boolean } = {},
  ): readonly [logits: Value, next: TransformerCache] {
    requireValues("TransformerLM", { tokens });
    requireLayerCaches("TransformerLM", cache, this.body.layers.length, ["length"]);
    checkOptions("TransformerLM", options, { last: flag });
    const { last = false } = options;
    if (tokens.rank !== 2 || tokens.shape[0] !== cache.length.shape[0]) {
      throw new ShapeError(
        `TransformerLM: tokens have shape ${formatShape(tokens.shape)}, expected [batch, n] with the cache's batch ${cache.length.shape[0]}`,
      );
    }
    const n = tokens.shape[1] as number;
    const x = this.#placeBehind(this.embed.forward(tokens), n, cache.length);
    const [hidden, next] = this.body.decode(x, cache);
    return [this.#logits(last ? slice(hidden, 1, n - 1, n) : hidden), next];
  }

  #logits(hidden: Value): Value {
    return this.head ? this.head.forward(hidden) : linear(hidden, this.embed.weight);
  }

  #place(x: Value, length: number): Value {
    if (this.position) return add(x, slice(this.position, 0, 0, length));
    if (this.positions !== "sinusoidal") return x;
    // rows of the embedding are small beside sines: of order 1 as in the article, by √dModel
    return add(mul(x, Math.sqrt(this.dModel)), sinusoidalPositions(length, this.dModel));
  }
  /** As #place, where `length` int32 [batch] tokens are there before. */
  #placeBehind(x: Value, n: number, length: Value): Value {
    if (this.position) return add(x, embedding(cachePositions(length, n), this.position));
    if (this.positions !== "sinusoidal") return x;
    return add(mul(x, Math.sqrt(this.dModel)), sinusoidalPositions(n, this.dModel, { offset: length }));
  }
}
