import { ArgumentError, DtypeError, ShapeError } from "../../errors.ts";
import { aValue, optionalValue, requireFields, requireValues } from "../../graph/arguments.ts";
import { Parameter } from "../../graph/parameter.ts";
import { formatShape, type Shape, sameShape } from "../../graph/shape.ts";
import { Value } from "../../graph/value.ts";
import { recurrentAttention } from "../../ops/attention/recurrent-attention.ts";
import { permute } from "../../ops/layout/layout.ts";
import { withinLengths } from "../../ops/recurrent/within-lengths.ts";
import { checkOptions, count, type KindsOf, oneOf } from "../../options.ts";
import { uniform } from "../initializers.ts";
import { Linear, requireSizes } from "../layers.ts";
import { Module } from "../module.ts";

/** What attention reads at every step and what is worked out once, before the loop. */
export interface PreparedMemory {
  /** [B, S, keySize], or the values where they are apart: what the context is a mean of. Zeros in the padding. */
  readonly memory: Value;
  /** `[B, S, width]`: the memory as scores see it. */
  readonly keys: Value;
  /** int32 [B] */
  readonly lengths?: Value | undefined;
}

/** What attention gives for a query. */
export interface Attended {
  /** [B, keySize], with several queries [B, T, keySize]: the weighted mean of the memory, or of the values. */
  readonly context: Value;
  /** [B, S], with several queries [B, T, S]; zeros past each length. */
  readonly weights: Value;
}

/** Options of attention over an encoded memory. */
export interface MemoryOptions {
  /** int32 [B], from 0 to S: positions of each memory that count. A length of 0 gives zeros. */
  readonly lengths?: Value | undefined;
  /** `[B, S, any size]`: what the context is a mean of, the memory being the keys alone. The memory itself where absent. */
  readonly values?: Value | undefined;
}

const memoryKinds: KindsOf<MemoryOptions> = { lengths: optionalValue, values: optionalValue };
const preparedKinds: KindsOf<PreparedMemory> = { memory: aValue, keys: aValue, lengths: optionalValue };

/**
 * Attention of a recurrent decoder over what an encoder wrote: `prepare` once, then `forward` at each step, inside `scan`
 * or not. A step is one dispatch and the query's projection.
 */
export abstract class RecurrentAttention extends Module {
  constructor(
    /** The module's name in messages. */
    readonly kind: string,
    readonly querySize: number,
    readonly keySize: number,
  ) {
    super();
    requireSizes(kind, { querySize, keySize });
  }

  /** The memory as scores see it: [B, S, keySize] → [B, S, width]. */
  protected abstract project(memory: Value): Value;

  /** The query as scores see it: [..., querySize] → [..., width]. */
  protected abstract projectQuery(query: Value): Value;

  /** [width], where the score is v · tanh(query + key); undefined where it is query · key. */
  protected abstract scoreVector(): Value | undefined;

  /** `memory` [B, S, keySize], an encoder's outputs, projected for all steps. Nothing in its padding counts. */
  prepare(memory: Value, options: MemoryOptions = {}): PreparedMemory {
    const { kind, keySize } = this;
    requireValues(kind, { memory });
    checkOptions(kind, options, memoryKinds);
    const { lengths, values } = options;
    if (memory.dtype !== "float32") throw new DtypeError(`${kind}: memory is ${memory.dtype}, expected float32`);
    if (memory.rank !== 3 || memory.shape[2] !== keySize) {
      throw new ShapeError(
        `${kind}: memory has shape ${formatShape(memory.shape)}, expected [batch, source, keySize] = [batch, source, ${keySize}]; keySize is the encoder's outputSize`,
      );
    }
    const [batch, source] = memory.shape as [number, number, number];
    if (lengths && lengths.dtype !== "int32") {
      throw new DtypeError(
        `${kind}: lengths are ${lengths.dtype}, expected int32; declare the input as int32([batch])`,
      );
    }
    if (lengths && !sameShape(lengths.shape, [batch])) {
      throw new ShapeError(
        `${kind}: lengths have shape ${formatShape(lengths.shape)}, expected [batch] = [${batch}]; give one length per sequence`,
      );
    }
    if (values && values.dtype !== "float32") {
      throw new DtypeError(`${kind}: values are ${values.dtype}, expected float32`);
    }
    if (values && (values.rank !== 3 || !sameShape(values.shape.slice(0, 2), [batch, source]))) {
      throw new ShapeError(
        `${kind}: values have shape ${formatShape(values.shape)}, expected one for each position of the memory, [${batch}, ${source}, any size]`,
      );
    }
    // the weights' gradients sum over all positions, and 0 times what stands in the padding need not be 0
    const clean = lengths ? withinLengths(memory, lengths) : memory;
    return { memory: values ?? clean, keys: this.project(clean), lengths };
  }

  /**
   * `query` [B, querySize] or [B, T, querySize]; `memory` prepared, or as `prepare` takes it, with the options. Throws
   * ArgumentError where options come with a prepared memory.
   */
  forward(query: Value, memory: PreparedMemory | Value, options: MemoryOptions = {}): Attended {
    const { kind, querySize } = this;
    requireValues(kind, { query });
    checkOptions(kind, options, memoryKinds);
    const prepared = memory instanceof Value ? this.prepare(memory, options) : memory;
    requireFields(kind, "memory", prepared, preparedKinds);
    if (prepared === memory) refuseOptions(kind, options);
    const batch = prepared.memory.shape[0] as number;
    const several = query.rank === 3;
    const wanted: Shape = several ? [batch, query.shape[1] as number, querySize] : [batch, querySize];
    if (query.dtype !== "float32") throw new DtypeError(`${kind}: query is ${query.dtype}, expected float32`);
    if (!sameShape(query.shape, wanted)) {
      throw new ShapeError(
        `${kind}: query has shape ${formatShape(query.shape)}, expected [batch, querySize] = [${batch}, ${querySize}], or with several queries [${batch}, time, ${querySize}]`,
      );
    }
    const scoring = { v: this.scoreVector(), lengths: prepared.lengths };
    // time first inside, as everywhere
    const projected = this.projectQuery(several ? permute(query, [1, 0, 2]) : query);
    const { context, weights } = recurrentAttention(projected, prepared.keys, prepared.memory, scoring);
    if (!several) return { context, weights };
    return { context: permute(context, [1, 0, 2]), weights: permute(weights, [1, 0, 2]) };
  }
}

/** What was prepared has its lengths and values already. */
function refuseOptions(kind: string, options: MemoryOptions): void {
  for (const name of ["lengths", "values"] as const) {
    if (!options[name]) continue;
    throw new ArgumentError(
      `${kind}: ${name} with a memory that is prepared, expected none; give them to prepare, with the memory`,
    );
  }
}

const scoreParameter = (width: number): Parameter => {
  const bound = 1 / Math.sqrt(width);
  return new Parameter([width], uniform(-bound, bound));
};

/** v · tanh(W_q·query + b + W_k·key) (Bahdanau et al. 2015): `query_proj`, `key_proj` (without bias) and `v` [hidden]. */
export class AdditiveAttention extends RecurrentAttention {
  /** W_q and b: [querySize] → [hidden]. */
  readonly query_proj: Linear;
  /** W_k, without bias: [keySize] → [hidden]. */
  readonly key_proj: Linear;
  /** `[hidden]`: makes one score of what is under the tanh. */
  readonly v: Parameter;

  constructor(querySize: number, keySize: number, hidden: number = querySize) {
    super("AdditiveAttention", querySize, keySize);
    requireSizes("AdditiveAttention", { hidden });
    this.query_proj = new Linear(querySize, hidden);
    this.key_proj = new Linear(keySize, hidden, { bias: false });
    this.v = scoreParameter(hidden);
  }

  protected override project(memory: Value): Value {
    return this.key_proj.forward(memory);
  }

  protected override projectQuery(query: Value): Value {
    return this.query_proj.forward(query);
  }

  protected override scoreVector(): Value {
    return this.v;
  }
}

/** How a query is scored against a key (Luong et al. 2015). */
export type LuongScore = "dot" | "general" | "concat";
const SCORES: readonly LuongScore[] = ["dot", "general", "concat"];

/** Options of `LuongAttention`. */
export interface LuongOptions {
  /**
   * `dot`: query · key, of equal sizes; `general` (default): query · W·key; `concat`: v · tanh(W·[query; key]), with W cut
   * into the two parts that see the query and the key.
   */
  readonly score?: LuongScore;
  /** Rows of W in `concat`; querySize. */
  readonly hidden?: number;
}

/** Multiplicative attention and its kin (Luong et al. 2015). No biases; `key_proj`, and in `concat` `query_proj` and `v`. */
export class LuongAttention extends RecurrentAttention {
  /** How a query is scored against a key. */
  readonly score: LuongScore;
  /** The part of W that sees the query; null unless the score is `concat`. */
  readonly query_proj: Linear | null;
  /** W, or in `concat` the part of it that sees the key; null where the score is `dot`. */
  readonly key_proj: Linear | null;
  /** [hidden]; null unless the score is `concat`. */
  readonly v: Parameter | null;

  constructor(querySize: number, keySize: number, options: LuongOptions = {}) {
    super("LuongAttention", querySize, keySize);
    checkOptions("LuongAttention", options, { score: oneOf(...SCORES), hidden: count });
    const { score = "general", hidden = querySize } = options;
    if (score === "dot" && querySize !== keySize) {
      throw new ShapeError(
        `LuongAttention: querySize ${querySize} and keySize ${keySize} differ, expected equal sizes for the score dot; use general, which projects the keys`,
      );
    }
    const isConcat = score === "concat";
    const width = isConcat ? hidden : querySize;
    this.score = score;
    this.query_proj = isConcat ? new Linear(querySize, width, { bias: false }) : null;
    this.key_proj = score === "dot" ? null : new Linear(keySize, width, { bias: false });
    this.v = isConcat ? scoreParameter(width) : null;
  }

  protected override project(memory: Value): Value {
    return this.key_proj ? this.key_proj.forward(memory) : memory;
  }

  protected override projectQuery(query: Value): Value {
    return this.query_proj ? this.query_proj.forward(query) : query;
  }

  protected override scoreVector(): Value | undefined {
    return this.v ?? undefined;
  }
}
