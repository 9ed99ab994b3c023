import { optionalValue } from "../graph/arguments.ts";
import type { Shape } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { select } from "../ops/elementwise/select.ts";
import { clamp } from "../ops/elementwise/unary.ts";
import { full, reshape } from "../ops/layout/layout.ts";
import { broadcastTo } from "../ops/rows/reduce.ts";
import type { KindsOf } from "../options.ts";
import { alignedWeights } from "./aligned-weights.ts";

/** Numbers of a metric by name: of one batch, or of all so far. */
export type Statistics<T> = Readonly<Record<string, T>>;

/** Arithmetic that is done with values on the GPU and with numbers on the host. */
export interface Arithmetic<T> {
  /** a + b, elementwise; a scalar goes with any shape, as in the others. */
  add(a: T, b: T): T;
  /** a − b. */
  sub(a: T, b: T): T;
  /** a · b. */
  mul(a: T, b: T): T;
  /** a / b, 0 where the divisor is 0. */
  div(a: T, b: T): T;
}

/**
 * What is measured over a data set: statistics of each batch, made on the GPU where the loss function is traced, which are put
 * together there, and what is made of them in the end. One of your own is an object of this form.
 */
export interface Metric<R = number> {
  /** float32 statistics of the batch that is traced; their shapes must not depend on its size. */
  readonly statistics: Statistics<Value>;
  /** Puts statistics of two parts of the data together; without it they are added up. All are 0 before the first batch. */
  readonly merge?: <T>(math: Arithmetic<T>, a: Statistics<T>, b: Statistics<T>) => Statistics<T>;
  /** The result, of the statistics of all batches. */
  readonly finish: (statistics: Statistics<Float64Array>) => R;
}

/** Options that metrics have in common. */
export interface MetricOptions {
  /**
   * float32: how much each row or element counts. The shape is that of the targets, or of their leading axes; extents may be 1.
   * What has weight 0 is left out, whatever stands there.
   */
  readonly weights?: Value | undefined;
}

export const metricKinds: KindsOf<MetricOptions> = { weights: optionalValue };

/** Weights for each of `shape`, in one row [n], where some are given. */
export const givenWeights = (op: string, shape: Shape, weights: Value | undefined): Value | undefined =>
  weights && reshape(broadcastTo(alignedWeights(op, weights, shape, "targets"), shape), [-1]);

/** The same, and ones where none are given. */
export const weightsFor = (op: string, shape: Shape, weights: Value | undefined): Value =>
  givenWeights(op, shape, weights) ?? reshape(full(shape, 1), [-1]);

/** weight · x, and 0 where the weight is 0, whatever x is. */
export const kept = (weights: Value, x: Value): Value => select(weights, x, 0);

/** 0 for what is a number, finite or not, else NaN. */
export const zeroUnlessNaN = (x: Value): Value => clamp(x, 0, 0);

/** The one number of a statistic. */
export const only = (statistic: Float64Array | undefined): number => (statistic as Float64Array)[0] as number;

/** a / b, and 0 where there is nothing to divide by. */
export const ratio = (a: number, b: number): number => (b === 0 ? a * 0 : a / b);
