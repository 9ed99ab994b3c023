import { requireValues } from "../../graph/arguments.ts";
import type { Spec } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { add } from "../../ops/elementwise/elementwise.ts";
import { glu } from "../../ops/elementwise/gated-linear-unit.ts";
import { gelu, relu, silu } from "../../ops/elementwise/unary.ts";
import { checkOptions, count, flag, type KindsOf, nonNegative, oneOf } from "../../options.ts";
import { MultiheadAttention } from "../attention.ts";
import {
  type CacheOptions,
  type CachePlace,
  cacheKinds,
  type DecoderLayerCache,
  type KeyValueCache,
  type MemoryCacheOptions,
  memoryCacheKinds,
  requireCache,
  requireDecoderCache,
  requirePlace,
  requireSequence,
  requireSequences,
  type SeenOptions,
} from "../attention-arguments.ts";
import { Dropout, Linear, requireSizes } from "../layers.ts";
import { Module } from "../module.ts";
import { type MultiheadAttentionOptions, multiheadKinds, requireHeads } from "../multihead-options.ts";
import { LayerNorm } from "../norm.ts";
import { keysThatCount, withoutPadding } from "../padding.ts";

const ACTIVATIONS = {
  relu,
  gelu,
  gelu_tanh: (x: Value): Value => gelu(x, "tanh"),
  silu,
} as const;

const GATED = {
  glu: (x: Value): Value => glu(x, "sigmoid"),
  reglu: (x: Value): Value => glu(x, "relu"),
  geglu: (x: Value): Value => glu(x, "gelu"),
  swiglu: (x: Value): Value => glu(x, "silu"),
} as const;

const BETWEEN: Readonly<Record<FeedForwardActivation, (x: Value) => Value>> = { ...ACTIVATIONS, ...GATED };

/** Name of the activation function between the two feed-forward matrices. */
export type FeedForwardActivation = keyof typeof ACTIVATIONS | keyof typeof GATED;

/** Options of `TransformerEncoderLayer` and `TransformerDecoderLayer`. */
export interface TransformerLayerOptions extends MultiheadAttentionOptions {
  /** Width between the two linear layers; 4 · dModel (PyTorch's is 2048). */
  readonly dimFeedforward?: number;
  /** What stands between the two; of a gated one (Shazeer 2020) `linear1` gives 2 · dimFeedforward: values, then gates. */
  readonly activation?: FeedForwardActivation;
  /** Norm in front of each part (pre-norm) rather than behind its sum. */
  readonly normFirst?: boolean;
  /** Of the norms. */
  readonly epsilon?: number;
}

export const layerKinds: KindsOf<TransformerLayerOptions> = {
  ...multiheadKinds,
  dimFeedforward: count,
  activation: oneOf(...Object.keys(BETWEEN)),
  normFirst: flag,
  epsilon: nonNegative,
};

/** What both kinds of layer share: the feed-forward part, and where norms stand. */
abstract class TransformerLayer extends Module {
  readonly self_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly normFirst: boolean;
  readonly activation: FeedForwardActivation;
  protected readonly drop: Dropout;

  protected constructor(
    layer: string,
    readonly dModel: number,
    readonly numHeads: number,
    options: TransformerLayerOptions,
  ) {
    super();
    checkOptions(layer, options, layerKinds);
    const { activation = "relu", normFirst = false, epsilon = 1e-5, ...others } = options;
    const { dimFeedforward = 4 * dModel, ...attention } = others;
    requireHeads(layer, dModel, numHeads, attention);
    requireSizes(layer, { dimFeedforward });
    const { bias = true, dropout = 0 } = attention;
    this.self_attn = new MultiheadAttention(dModel, numHeads, attention);
    const widened = Object.hasOwn(GATED, activation) ? 2 * dimFeedforward : dimFeedforward;
    this.linear1 = new Linear(dModel, widened, { bias });
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = new LayerNorm(dModel, { epsilon, bias });
    this.norm2 = new LayerNorm(dModel, { epsilon, bias });
    this.normFirst = normFirst;
    this.activation = activation;
    this.drop = new Dropout(dropout);
  }

  protected feedForward(x: Value): Value {
    return this.linear2.forward(this.drop.forward(BETWEEN[this.activation](this.linear1.forward(x))));
  }

  /** The part of self-attention, to what is cached. */
  protected attendCached(x: Value, cache: KeyValueCache, place: CachePlace): readonly [y: Value, next: KeyValueCache] {
    let next = cache;
    const attended = this.residual(x, this.norm1, (y) => {
      const [mixed, written] = this.self_attn.decode(y, cache, place);
      next = written;
      return mixed;
    });
    return [attended, next];
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

  /** x [batch, length, dModel] → the same shape. What is behind `lengths` counts as zeros. */
  forward(x: Value, options: SeenOptions = {}): Value {
    requireSequences("TransformerEncoderLayer", { x }, this.dModel, [options]);
    return this.run(withoutPadding(x, options.lengths), options);
  }

  /** `forward` of what is finite behind the lengths as well. */
  run(x: Value, options: SeenOptions): Value {
    const attended = this.residual(x, this.norm1, (y) => this.self_attn.attend(y, y, y, options));
    return this.residual(attended, this.norm2, (y) => this.feedForward(y));
  }

  /** Specs of a cache for `decode`. */
  cacheSpec(options: CacheOptions): KeyValueCache<Spec> {
    checkOptions("TransformerEncoderLayer", options, cacheKinds);
    return this.self_attn.cacheSpec(options);
  }

  /** The causal `forward` of tokens that follow those in the cache: x [batch, n, dModel] → the same shape, and the next cache. */
  decode(x: Value, cache: KeyValueCache, place: CachePlace): readonly [y: Value, next: KeyValueCache] {
    requireSequence("TransformerEncoderLayer", "x", x, this.dModel);
    requireCache("TransformerEncoderLayer", "cache", cache);
    requirePlace("TransformerEncoderLayer", place);
    const [attended, next] = this.attendCached(x, cache, place);
    return [this.residual(attended, this.norm2, (y) => this.feedForward(y)), next];
  }
}

/** Causal self-attention, attention to a memory, then two linear layers. */
export class TransformerDecoderLayer extends TransformerLayer {
  /** Attention to the memory. */
  readonly multihead_attn: MultiheadAttention;
  /** Norm around the feed-forward part. */
  readonly norm3: LayerNorm;

  constructor(dModel: number, numHeads: number, options: TransformerLayerOptions = {}) {
    super("TransformerDecoderLayer", dModel, numHeads, options);
    const { epsilon = 1e-5, bias = true, dropout = 0, kvHeads = numHeads, headDim, softcap } = options;
    // positions in the memory have nothing to do with those here
    this.multihead_attn = new MultiheadAttention(dModel, numHeads, { bias, dropout, kvHeads, headDim, softcap });
    this.norm3 = new LayerNorm(dModel, { epsilon, bias });
  }

  /** x [batch, length, dModel], memory [batch, sources, dModel]; options of each attention. */
  forward(x: Value, memory: Value, options: SeenOptions = { causal: true }, memoryOptions: SeenOptions = {}): Value {
    requireSequences("TransformerDecoderLayer", { x, memory }, this.dModel, [options, memoryOptions]);
    const [, , seen] = keysThatCount(x, memory, memory, memoryOptions);
    return this.run(withoutPadding(x, options.lengths), seen, options, memoryOptions);
  }

  /** `forward` of what is finite behind the lengths as well. */
  run(x: Value, memory: Value, options: SeenOptions, memoryOptions: SeenOptions): Value {
    const attended = this.residual(x, this.norm1, (y) => this.self_attn.attend(y, y, y, options));
    const crossed = this.residual(attended, this.norm2, (y) =>
      this.multihead_attn.attend(y, memory, memory, memoryOptions),
    );
    return this.residual(crossed, this.norm3, (y) => this.feedForward(y));
  }
  /** Specs of a cache for `remember` and `decode`; `sources` is the length of the longest memory. */
  cacheSpec(options: MemoryCacheOptions): DecoderLayerCache<Spec> {
    checkOptions("TransformerDecoderLayer", options, memoryCacheKinds);
    const { batch, capacity, sources } = options;
    return {
      self: this.self_attn.cacheSpec({ batch, capacity }),
      memory: this.multihead_attn.cacheSpec({ batch, capacity: sources }),
    };
  }

  /** The cache with the keys and values of a memory [batch, sources, dModel], which are worked out once. */
  remember(memory: Value, cache: DecoderLayerCache): DecoderLayerCache {
    requireSequence("TransformerDecoderLayer", "memory", memory, this.dModel);
    requireDecoderCache("TransformerDecoderLayer", cache);
    return { self: cache.self, memory: this.multihead_attn.remember(memory, cache.memory) };
  }

  /** `forward` of tokens that follow those in the cache, with the memory in it, of which `memoryLengths` count. */
  decode(
    x: Value,
    cache: DecoderLayerCache,
    place: CachePlace,
    memoryLengths: Value,
  ): readonly [y: Value, next: DecoderLayerCache] {
    requireSequence("TransformerDecoderLayer", "x", x, this.dModel);
    requireDecoderCache("TransformerDecoderLayer", cache);
    requirePlace("TransformerDecoderLayer", place);
    requireValues("TransformerDecoderLayer", { memoryLengths });
    const [attended, self] = this.attendCached(x, cache.self, place);
    const recall = (y: Value) => this.multihead_attn.recall(y, cache.memory, memoryLengths);
    const crossed = this.residual(attended, this.norm2, recall);
    return [this.residual(crossed, this.norm3, (y) => this.feedForward(y)), { self, memory: cache.memory }];
  }
}
