import { ShapeError } from "../errors.ts";
import { type NestedNumbers, type NumericArray, toTyped } from "../gpu/host-data.ts";
import { requireValues } from "../graph/arguments.ts";
import { anInitializer, type Initializer, Parameter } from "../graph/parameter.ts";
import type { Value } from "../graph/value.ts";
import { embedding } from "../ops/layout/embedding.ts";
import { anything, checkOptions, countOrZero } from "../options.ts";
import { uniform } from "./initializers.ts";
import { requireSizes } from "./layers.ts";
import { Module } from "./module.ts";

/** Options of `Embedding`. */
export interface EmbeddingOptions {
  /** What the vectors start from; uniform within ±0.05 unless given, as Keras's. PyTorch's is `nn.initializers.normal()`. */
  readonly initializer?: Initializer;
  /** An index whose vector starts as zeros and gets no gradient, so that it stays so; none unless given. */
  readonly paddingIndex?: number;
  /** The vectors [entries, features] to start from, such as trained ones; set `weight.trainable = false` to keep them. */
  readonly weights?: NumericArray | NestedNumbers;
}

/**
 * A vector for each of `entries` indices: int32 [...] → [..., features]. Starts uniform within ±0.05, as Keras's.
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const embed = new nn.Embedding(65, 32, { paddingIndex: 0 });
 * const vectors = (tokens: Value) => embed.forward(tokens); // int32 [batch, time] → [batch, time, 32]
 * ```
 */
export class Embedding extends Module {
  /** `[entries, features]`: a row for each index. */
  readonly weight: Parameter;
  /** As in the options. */
  readonly paddingIndex: number | undefined;

  constructor(
    readonly entries: number,
    readonly features: number,
    options: EmbeddingOptions = {},
  ) {
    super();
    requireSizes("Embedding", { entries, features });
    checkOptions<EmbeddingOptions>("Embedding", options, {
      initializer: { ...anInitializer, required: false },
      paddingIndex: countOrZero,
      weights: anything,
    });
    const { paddingIndex, weights } = options;
    if (paddingIndex !== undefined && paddingIndex >= entries) {
      throw new ShapeError(`Embedding: paddingIndex is ${paddingIndex}, expected less than the ${entries} entries`);
    }
    const shape = [entries, features];
    const initializer = weights === undefined ? (options.initializer ?? uniform(-0.05, 0.05)) : given(weights, shape);
    this.paddingIndex = paddingIndex;
    this.weight = new Parameter(
      shape,
      paddingIndex === undefined ? initializer : { ...initializer, zeroRow: paddingIndex },
    );
  }

  /** int32 [...] → [..., features]. An index below 0 or from `entries` on gives zeros. */
  forward(indices: Value): Value {
    requireValues("Embedding", { indices });
    const { paddingIndex } = this;
    return embedding(indices, this.weight, paddingIndex === undefined ? {} : { paddingIndex });
  }
}

function given(weights: NumericArray | NestedNumbers, shape: readonly number[]): Initializer {
  const data = toTyped("weights of Embedding", weights, { shape, dtype: "float32" }).slice() as Float32Array;
  return { kind: "host", make: () => data.slice() };
}
