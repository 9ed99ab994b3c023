import { requireValues } from "../graph/arguments.ts";
import type { Value } from "../graph/value.ts";
import { tanh } from "../ops/elementwise/unary.ts";
import { squeeze } from "../ops/layout/layout.ts";
import { pool } from "../ops/recurrent/pool.ts";
import { type LengthsOptions, lengthsFor } from "./conv.ts";
import { Linear, requireSizes } from "./layers.ts";
import { Module } from "./module.ts";
import { withoutPadding } from "./padding.ts";

/**
 * One vector for each sequence, [batch, time, features] → [batch, features]: a mean of its steps weighed by the softmax over time of
 * vᵀ·tanh(W·x + b) (Yang et al. 2016). `hidden` is the size of b, that of the features unless given.
 *
 * @example
 * ```ts
 * import { nn, type Value } from "seqgrad";
 *
 * const pooling = new nn.AttentionPooling(64);
 * const summary = (outputs: Value) => pooling.forward(outputs); // [batch, time, 64] → [batch, 64]
 * ```
 */
export class AttentionPooling extends Module {
  /** W and b. */
  readonly project: Linear;
  /** v. */
  readonly score: Linear;

  constructor(
    readonly features: number,
    readonly hidden: number = features,
  ) {
    super();
    requireSizes("AttentionPooling", { features, hidden });
    this.project = new Linear(features, hidden);
    this.score = new Linear(hidden, 1, { bias: false });
  }

  /** A sequence of length 0 gives zeros; what lies behind the lengths has no influence. */
  forward(x: Value, options: LengthsOptions = {}): Value {
    requireValues("AttentionPooling", { x });
    const lengths = lengthsFor("AttentionPooling", x, options);
    const inside = withoutPadding(x, lengths);
    return pool(inside, lengths, "attention", squeeze(this.score.forward(tanh(this.project.forward(inside))), -1));
  }
}
