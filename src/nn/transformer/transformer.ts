import { allowValues } from "../../graph/arguments.ts";
import { ConstantValue } from "../../graph/leaves.ts";
import { int32, type Spec } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { advanceLengths } from "../../ops/attention/cache.ts";
import { checkArgument, checkOptions, flag, type KindsOf, required } from "../../options.ts";
import type {
  CacheOptions,
  CachePlace,
  DecoderLayerCache,
  KeyValueCache,
  MemoryCacheOptions,
  SeenOptions,
} from "../attention-arguments.ts";
import {
  cacheKinds,
  memoryCacheKinds,
  requireLayerCaches,
  requireSequence,
  requireSequences,
} from "../attention-arguments.ts";
import { layerCount } from "../layers.ts";
import { Module } from "../module.ts";
import { LayerNorm } from "../norm.ts";
import { keysThatCount, withoutPadding } from "../padding.ts";
import { layerKinds, TransformerDecoderLayer, TransformerEncoderLayer, type TransformerLayerOptions } from "./layer.ts";

/** Options of `TransformerEncoder` and `TransformerDecoder`. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** A norm behind the last layer; as `normFirst`, whose layers leave their sums without one. */
  readonly finalNorm?: boolean;
}

export const transformerKinds: KindsOf<TransformerOptions> = { ...layerKinds, finalNorm: flag };

const finalNormOf = (
  dModel: number,
  { normFirst = false, finalNorm = normFirst, epsilon = 1e-5, bias = true }: TransformerOptions,
) => (finalNorm ? new LayerNorm(dModel, { epsilon, bias }) : null);

const repeat = <T>(owner: string, numLayers: number, make: () => T): readonly T[] => {
  checkArgument(owner, "numLayers", numLayers, required(layerCount));
  return Array.from({ length: numLayers }, make);
};

/** Encoder layers one behind the other. */
export class TransformerEncoder extends Module {
  /** The layers, the first first. */
  readonly layers: readonly TransformerEncoderLayer[];
  /** Behind the last layer; null where there is none. */
  readonly norm: LayerNorm | null;

  constructor(
    readonly dModel: number,
    numHeads: number,
    numLayers: number,
    options: TransformerOptions = {},
  ) {
    super();
    checkOptions("TransformerEncoder", options, transformerKinds);
    const { finalNorm: _, ...each } = options;
    this.layers = repeat("TransformerEncoder", numLayers, () => new TransformerEncoderLayer(dModel, numHeads, each));
    this.norm = finalNormOf(dModel, options);
  }

  /** x [batch, length, dModel] → the same shape. */
  forward(x: Value, options: SeenOptions = {}): Value {
    requireSequences("TransformerEncoder", { x }, this.dModel, [options]);
    const y = this.layers.reduce((hidden, layer) => layer.run(hidden, options), withoutPadding(x, options.lengths));
    return this.norm ? this.norm.forward(y) : y;
  }
  /** Specs of a cache for `decode`: how many tokens are there, and each layer's keys and values. */
  cacheSpec(options: CacheOptions): TransformerCache<Spec> {
    checkOptions("TransformerEncoder", options, cacheKinds);
    return { length: int32([options.batch]), layers: this.layers.map((layer) => layer.cacheSpec(options)) };
  }

  /**
   * The causal `forward` of tokens that follow those in the cache: x [batch, n, dModel] → the same shape, and the next cache.
   */
  decode(x: Value, cache: TransformerCache): readonly [y: Value, next: TransformerCache] {
    requireSequence("TransformerEncoder", "x", x, this.dModel);
    requireLayerCaches("TransformerEncoder", cache, this.layers.length, ["length"]);
    const place = placeIn(cache.length, x);
    let y = x;
    const layers = this.layers.map((layer, i) => {
      const [z, next] = layer.decode(y, cache.layers[i] as KeyValueCache, place);
      y = z;
      return next;
    });
    return [this.norm ? this.norm.forward(y) : y, { length: place.lengths, layers }];
  }
}

/** Decoder layers one behind the other, all with the same memory. */
export class TransformerDecoder extends Module {
  /** The layers, the first first. */
  readonly layers: readonly TransformerDecoderLayer[];
  /** Behind the last layer; null where there is none. */
  readonly norm: LayerNorm | null;

  constructor(
    readonly dModel: number,
    numHeads: number,
    numLayers: number,
    options: TransformerOptions = {},
  ) {
    super();
    checkOptions("TransformerDecoder", options, transformerKinds);
    const { finalNorm: _, ...each } = options;
    this.layers = repeat("TransformerDecoder", numLayers, () => new TransformerDecoderLayer(dModel, numHeads, each));
    this.norm = finalNormOf(dModel, options);
  }

  /**
   * x [batch, length, dModel], memory [batch, sources, dModel] → as x. `options` are of the attention among x,
   * `memoryOptions` of that to the memory.
   */
  forward(x: Value, memory: Value, options: SeenOptions = { causal: true }, memoryOptions: SeenOptions = {}): Value {
    requireSequences("TransformerDecoder", { x, memory }, this.dModel, [options, memoryOptions]);
    const [, , seen] = keysThatCount(x, memory, memory, memoryOptions);
    const own = withoutPadding(x, options.lengths);
    const y = this.layers.reduce((hidden, layer) => layer.run(hidden, seen, options, memoryOptions), own);
    return this.norm ? this.norm.forward(y) : y;
  }
  /** Specs of a cache for `remember` and `decode`. */
  cacheSpec(options: MemoryCacheOptions): TransformerMemoryCache<Spec> {
    checkOptions("TransformerDecoder", options, memoryCacheKinds);
    const counts = int32([options.batch]);
    return { length: counts, memoryLength: counts, layers: this.layers.map((layer) => layer.cacheSpec(options)) };
  }

  /**
   * The cache with the keys and values that each layer has for a memory [batch, sources, dModel]; with `lengths` (int32
   * [batch]) only the first so many sources of each sequence are seen.
   */
  remember(memory: Value, cache: TransformerMemoryCache, lengths?: Value): TransformerMemoryCache {
    requireSequence("TransformerDecoder", "memory", memory, this.dModel);
    requireLayerCaches("TransformerDecoder", cache, this.layers.length, ["length"]);
    allowValues("TransformerDecoder", { lengths });
    const [batch, sources] = memory.shape as [number, number];
    const all = () => new ConstantValue(new Int32Array(batch).fill(sources), { shape: [batch], dtype: "int32" });
    const layers = this.layers.map((layer, i) => layer.remember(memory, cache.layers[i] as DecoderLayerCache));
    return { length: cache.length, memoryLength: lengths ?? all(), layers };
  }

  /** The causal `forward` of tokens that follow those in the cache, whose memory `remember` has put there. */
  decode(x: Value, cache: TransformerMemoryCache): readonly [y: Value, next: TransformerMemoryCache] {
    requireSequence("TransformerDecoder", "x", x, this.dModel);
    requireLayerCaches("TransformerDecoder", cache, this.layers.length, ["length", "memoryLength"]);
    const place = placeIn(cache.length, x);
    let y = x;
    const layers = this.layers.map((layer, i) => {
      const [z, next] = layer.decode(y, cache.layers[i] as DecoderLayerCache, place, cache.memoryLength);
      y = z;
      return next;
    });
    const next = { length: place.lengths, memoryLength: cache.memoryLength, layers };
    return [this.norm ? this.norm.forward(y) : y, next];
  }
}

/** What decoder-only layers keep: tokens that are there, int32 [batch], and keys and values for each layer. */
export interface TransformerCache<T = Value> {
  /** Tokens that are there of each sequence, int32 [batch]. */
  readonly length: T;
  /** Keys and values of each layer. */
  readonly layers: readonly KeyValueCache<T>[];
}

/** What layers with a memory keep. */
export interface TransformerMemoryCache<T = Value> {
  /** Tokens that are there of each sequence, int32 [batch]. */
  readonly length: T;
  /** Sources of each sequence's memory, int32 [batch]. */
  readonly memoryLength: T;
  /** Keys and values of each layer. */
  readonly layers: readonly DecoderLayerCache<T>[];
}

const placeIn = (length: Value, x: Value): CachePlace => ({
  position: length,
  lengths: advanceLengths(length, x.shape[1] as number),
});
