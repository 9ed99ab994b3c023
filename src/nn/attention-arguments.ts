/** What the methods of attention layers and of models made of them may be given. */
import { ShapeError } from "../errors.ts";
import { aValue, optionalValue, requireFields, requireValues } from "../graph/arguments.ts";
import { formatShape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { type AttentionOptions, attentionKinds } from "../ops/attention/check.ts";
import { checkArgument, checkOptions, count, type KindsOf, listOf, object, required } from "../options.ts";

/**
 * Of one application: which keys are seen. What stands behind `lengths` has no influence on weights' gradients either; in
 * self-attention it counts as zeros where it asks, too.
 */
export interface SeenOptions extends Pick<AttentionOptions, "causal" | "lengths" | "mask" | "bias"> {
  /** Where the tokens stand, for `rope`: int32 [length] or [batch, length]; 0, 1, 2 … where absent. */
  readonly positions?: Value;
}

/** Keys and values of one attention that are kept, [batch, kvHeads, capacity, headDim up to a multiple of 8]. */
export interface KeyValueCache<T = Value> {
  /** The keys. */
  readonly key: T;
  /** The values. */
  readonly value: T;
}

/** Where the tokens stand that are decoded next; int32 [batch] each. */
export interface CachePlace {
  /** Tokens that are there before them. */
  readonly position: Value;
  /** Tokens that are there with them. */
  readonly lengths: Value;
}

/** Sizes of a cache that a model is asked for. */
export interface CacheOptions {
  /** Sequences that are decoded side by side. */
  readonly batch: number;
  /** Positions that there is room for. */
  readonly capacity: number;
}

/** What a decoder layer keeps. */
export interface DecoderLayerCache<T = Value> {
  /** Of the attention to the layer's own tokens. */
  readonly self: KeyValueCache<T>;
  /** Of the attention to the memory, made once. */
  readonly memory: KeyValueCache<T>;
}

/** Sizes of the cache of a Transformer decoder over an encoded memory. */
export interface MemoryCacheOptions extends CacheOptions {
  /** Length of the longest memory. */
  readonly sources: number;
}

export const seenKinds: KindsOf<SeenOptions> = {
  causal: attentionKinds.causal,
  lengths: optionalValue,
  mask: optionalValue,
  bias: optionalValue,
  positions: optionalValue,
};

export const cacheKinds: KindsOf<CacheOptions> = { batch: required(count), capacity: required(count) };

export const memoryCacheKinds: KindsOf<MemoryCacheOptions> = { ...cacheKinds, sources: required(count) };

const keyValueKinds: KindsOf<KeyValueCache> = { key: aValue, value: aValue };
const placeKinds: KindsOf<CachePlace> = { position: aValue, lengths: aValue };
const layerCaches = required(listOf(object, "caches"));

export function requireCache(where: string, name: string, cache: KeyValueCache): void {
  requireFields(where, name, cache, keyValueKinds);
}

export function requireDecoderCache(where: string, cache: DecoderLayerCache): void {
  requireFields(where, "cache", cache, { self: required(object), memory: required(object) });
  requireCache(where, "cache.self", cache.self);
  requireCache(where, "cache.memory", cache.memory);
}

export function requirePlace(where: string, place: CachePlace): void {
  requireFields(where, "place", place, placeKinds);
}

/** Checks a cache of several layers: its values by name, and that it has as many parts as there are layers. */
export function requireLayerCaches(
  where: string,
  cache: { readonly layers: readonly object[] },
  numLayers: number,
  values: readonly string[],
): void {
  requireFields(where, "cache", cache, Object.fromEntries(values.map((name) => [name, aValue])));
  checkArgument(where, "cache.layers", cache.layers, layerCaches);
  if (cache.layers.length !== numLayers) {
    throw new ShapeError(
      `${where}: cache.layers has ${cache.layers.length} parts, expected one for each of ${numLayers} layers; make its specs with cacheSpec`,
    );
  }
}

/** Checks that x is [batch, length, features]. */
export function requireSequence(where: string, name: string, x: Value, features: number): void {
  requireValues(where, { [name]: x });
  if (x.rank === 3 && x.shape[2] === features) return;
  throw new ShapeError(
    `${where}: ${name} has shape ${formatShape(x.shape)}, expected [batch, length, dModel] = [batch, length, ${features}]`,
  );
}

/** Checks what attention to a memory is given: both sequences, and the options of each attention. */
export function requireSequences(
  where: string,
  sequences: Readonly<Record<string, Value>>,
  features: number,
  options: readonly SeenOptions[],
): void {
  for (const [name, x] of Object.entries(sequences)) requireSequence(where, name, x, features);
  for (const each of options) checkOptions(where, each, seenKinds);
}
