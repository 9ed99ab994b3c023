import { ShapeError, UnsupportedError } from "../errors.ts";
import { requireValues } from "../graph/arguments.ts";
import { ConstantValue } from "../graph/leaves.ts";
import { Parameter } from "../graph/parameter.ts";
import { formatShape, type Spec } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { scaledDotProductAttention } from "../ops/attention/attention.ts";
import { cacheSpec, cacheWrite } from "../ops/attention/cache.ts";
import { cachedAttention } from "../ops/attention/decode.ts";
import { attentionWeights } from "../ops/attention/naive.ts";
import { type RopeOptions, rope } from "../ops/attention/position.ts";
import { permute, reshape, slice, split } from "../ops/layout/layout.ts";
import { linear } from "../ops/matmul/matmul.ts";
import { checkOptions } from "../options.ts";
import {
  type CacheOptions,
  type CachePlace,
  cacheKinds,
  type KeyValueCache,
  requireCache,
  requirePlace,
  type SeenOptions,
  seenKinds,
} from "./attention-arguments.ts";
import { glorotUniform, zero } from "./initializers.ts";
import { Linear } from "./layers.ts";
import { Module } from "./module.ts";
import { type MultiheadAttentionOptions, multiheadKinds, requireHeads } from "./multihead-options.ts";
import { keysThatCount } from "./padding.ts";

export type { MultiheadAttentionOptions } from "./multihead-options.ts";

/**
 * Attention of several heads (Vaswani et al. 2017) with PyTorch's parameters: `in_proj_weight` [3·embedDim, embedDim] (with
 * fewer key/value heads, fewer rows; with another headDim, 3·numHeads·headDim), `in_proj_bias`, `out_proj.weight`,
 * `out_proj.bias`.
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const attention = new nn.MultiheadAttention(64, 4, { dropout: 0.1 });
 * const selfAttention = (x: Value) => attention.forward(x, x, x, { causal: true }); // x [batch, length, 64] → as x
 * ```
 */
export class MultiheadAttention extends Module {
  /** `[(numHeads + 2 · kvHeads) · headDim, embedDim]`: rows for queries, keys and values. Starts Glorot-uniform. */
  readonly in_proj_weight: Parameter;
  /** One for each row of `in_proj_weight`; starts at 0. null without `bias`. */
  readonly in_proj_bias: Parameter | null;
  /** From all heads, numHeads · headDim numbers, back to embedDim. */
  readonly out_proj: Linear;
  /** Heads of keys and values. */
  readonly kvHeads: number;
  /** Width of a head. */
  readonly headDim: number;
  /** Rate at which weights are dropped in training. */
  readonly dropout: number;
  /** How queries and keys are turned by their positions; null where they are not. */
  readonly rope: RopeOptions | null;
  /** Whether slope · distance is taken off the scores. */
  readonly alibi: boolean;
  /** Scores s become softcap · tanh(s / softcap); undefined where they stay. */
  readonly softcap: number | undefined;

  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    options: MultiheadAttentionOptions = {},
  ) {
    super();
    checkOptions("MultiheadAttention", options, multiheadKinds);
    const { bias = true, dropout = 0, kvHeads = numHeads, rope: rotary = false } = options;
    const { alibi = false, headDim, softcap } = options;
    requireHeads("MultiheadAttention", embedDim, numHeads, { kvHeads, headDim });
    this.kvHeads = kvHeads;
    this.headDim = headDim ?? embedDim / numHeads;
    this.dropout = dropout;
    this.rope = rotary === true ? {} : rotary || null;
    this.alibi = alibi;
    this.softcap = softcap;
    const rows = (numHeads + 2 * kvHeads) * this.headDim;
    this.in_proj_weight = new Parameter([rows, embedDim], glorotUniform([rows, embedDim]));
    this.in_proj_bias = bias ? new Parameter([rows], zero) : null;
    this.out_proj = new Linear(numHeads * this.headDim, embedDim, { bias });
    if (this.out_proj.bias) this.out_proj.bias.initializer = zero;
  }

  /** query [batch, queries, embedDim], key and value [batch, keys, embedDim] (those of `query` where absent) → as query. */
  forward(query: Value, key: Value = query, value: Value = key, options: SeenOptions = {}): Value {
    checkSeen({ query, key, value }, options);
    return this.attend(...keysThatCount(query, key, value, options), options);
  }

  /** `forward` of what is finite behind the lengths as well. */
  attend(query: Value, key: Value, value: Value, { positions, ...options }: SeenOptions): Value {
    const [q, k, v] = this.#heads(query, key, value, positions && { positions });
    return this.#join(scaledDotProductAttention(q, k, v, { ...options, ...this.#scoring(), dropout: this.dropout }));
  }

  /** The weights of each head, [batch, numHeads, queries, keys], in memory that grows with queries · keys. */
  weights(query: Value, key: Value = query, options: SeenOptions = {}): Value {
    checkSeen({ query, key }, options);
    const { positions, ...seen } = options;
    const [ownQuery, ownKey] = keysThatCount(query, key, key, options);
    const [q, k] = this.#heads(ownQuery, ownKey, ownKey, positions && { positions });
    return attentionWeights(q, k, { ...seen, ...this.#scoring() });
  }

  #scoring() {
    return { alibi: this.alibi, ...(this.softcap === undefined ? {} : { softcap: this.softcap }) };
  }

  /** Specs of a cache for `decode`, or for `remember`, where `capacity` is the longest memory. */
  cacheSpec(options: CacheOptions): KeyValueCache<Spec> {
    checkOptions("MultiheadAttention", options, cacheKinds);
    const { batch, capacity } = options;
    const spec = cacheSpec({ batch, kvHeads: this.kvHeads, capacity, dim: this.headDim });
    return { key: spec, value: spec };
  }

  /**
   * Causal self-attention of tokens that follow those in the cache: x [batch, n, embedDim] → the same shape, and the cache
   * with their keys and values. For inference: there is no gradient and no dropout.
   */
  decode(x: Value, cache: KeyValueCache, place: CachePlace): readonly [y: Value, next: KeyValueCache] {
    requireValues("MultiheadAttention", { x });
    requireCache("MultiheadAttention", "cache", cache);
    requirePlace("MultiheadAttention", place);
    const { position, lengths } = place;
    const [q, k, v] = this.#heads(x, x, x, { offset: position });
    const next = { key: cacheWrite(cache.key, k, position), value: cacheWrite(cache.value, v, position) };
    return [this.#join(cachedAttention(q, next.key, next.value, { lengths, ...this.#scoring() })), next];
  }

  /** A cache with the keys and values of a memory [batch, sources, embedDim], for `recall`. */
  remember(memory: Value, cache: KeyValueCache): KeyValueCache {
    requireValues("MultiheadAttention", { memory });
    requireCache("MultiheadAttention", "cache", cache);
    this.#check("memory", memory, memory.shape[0]);
    const batch = memory.shape[0] as number;
    const start = new ConstantValue(new Int32Array(batch), { shape: [batch], dtype: "int32" });
    const [, key, value] = this.#apart(memory, memory, memory);
    return { key: cacheWrite(cache.key, key, start), value: cacheWrite(cache.value, value, start) };
  }

  /** Attention of x [batch, n, embedDim] to a memory's keys and values, of which the first `lengths` (int32 [batch]) count. */
  recall(x: Value, cache: KeyValueCache, lengths: Value): Value {
    requireValues("MultiheadAttention", { x, lengths });
    requireCache("MultiheadAttention", "cache", cache);
    this.#check("query", x, x.shape[0]);
    const q = this.#project(x, 0, this.numHeads);
    return this.#join(cachedAttention(q, cache.key, cache.value, { lengths, causal: false, ...this.#scoring() }));
  }

  /** [batch, numHeads, length, headDim] → [batch, length, embedDim], through the last layer. */
  #join(mixed: Value): Value {
    const [batch, , length] = mixed.shape as [number, number, number];
    return this.out_proj.forward(reshape(permute(mixed, [0, 2, 1, 3]), [batch, length, this.numHeads * this.headDim]));
  }

  #check(name: string, x: Value, batch: number | undefined): void {
    if (x.rank !== 3 || x.shape[2] !== this.embedDim || x.shape[0] !== batch) {
      throw new ShapeError(
        `MultiheadAttention: ${name} has shape ${formatShape(x.shape)}, expected [batch, length, embedDim] = [${batch}, length, ${this.embedDim}]`,
      );
    }
  }

  /** Queries, keys and values as [batch, heads, length, headDim]. */
  #heads(
    query: Value,
    key: Value,
    value: Value,
    places?: Pick<RopeOptions, "offset" | "positions">,
  ): [Value, Value, Value] {
    for (const [name, x] of Object.entries({ query, key, value })) this.#check(name, x, query.shape[0]);
    const [q, k, v] =
      query === key && key === value && this.kvHeads === this.numHeads
        ? this.#together(query)
        : this.#apart(query, key, value);
    if (!this.rope && places?.positions) {
      throw new UnsupportedError("MultiheadAttention: positions are given, expected none without rope; set rope");
    }
    if (!this.rope) return [q, k, v];
    const options = { ...this.rope, ...places };
    return [rope(q, options), rope(k, options), v];
  }

  /** One matmul and one copy for all three. */
  #together(x: Value): [Value, Value, Value] {
    const [batch, length] = x.shape as [number, number];
    const all = linear(x, this.in_proj_weight, this.in_proj_bias ?? undefined);
    const byHead = permute(reshape(all, [batch, length, 3, this.numHeads, this.headDim]), [2, 0, 3, 1, 4]);
    const parts = split(byHead, 3).map((part) => reshape(part, [batch, this.numHeads, length, this.headDim]));
    return parts as [Value, Value, Value];
  }

  #apart(query: Value, key: Value, value: Value): [Value, Value, Value] {
    const [size, kvSize] = [this.numHeads * this.headDim, this.kvHeads * this.headDim];
    return [
      this.#project(query, 0, this.numHeads),
      this.#project(key, size, this.kvHeads),
      this.#project(value, size + kvSize, this.kvHeads),
    ];
  }

  /** x through the weights from row `start` on, as [batch, heads, length, headDim]. */
  #project(x: Value, start: number, heads: number): Value {
    const rows = (all: Value) => slice(all, 0, start, start + heads * this.headDim);
    const y = linear(x, rows(this.in_proj_weight), this.in_proj_bias ? rows(this.in_proj_bias) : undefined);
    const [batch, length] = x.shape as [number, number];
    return permute(reshape(y, [batch, length, heads, this.headDim]), [0, 2, 1, 3]);
  }
}

function checkSeen(values: Readonly<Record<string, Value>>, options: SeenOptions): void {
  requireValues("MultiheadAttention", values);
  checkOptions("MultiheadAttention", options, seenKinds);
}
