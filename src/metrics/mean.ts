import { requireValues } from "../graph/arguments.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { mul } from "../ops/elementwise/elementwise.ts";
import { reshape } from "../ops/layout/layout.ts";
import { sum } from "../ops/rows/reduce.ts";
import { checkOptions } from "../options.ts";
import { kept, type Metric, type MetricOptions, metricKinds, only, ratio, weightsFor } from "./metric.ts";

/**
 * The mean of float32 `values`, of any shape: of whatever is measured. 0 where nothing counts. Throws ShapeError, DtypeError,
 * ArgumentError.
 */
export function mean(values: Value, options: MetricOptions = {}): Metric {
  requireValues("metrics.mean", { values });
  checkOptions("metrics.mean", options, metricKinds);
  const weights = weightsFor("metrics.mean", values.shape, options.weights);
  return meanOf(reshape(values, [sizeOf(values.shape)]), weights);
}

/** Σ weight · x / Σ weight of rows [n], and what is made of that. */
export function meanOf<R = number>(
  x: Value,
  weights: Value,
  finish: (mean: number) => R = (mean) => mean as R,
): Metric<R> {
  return {
    statistics: { sum: sum(mul(kept(weights, x), weights)), weight: sum(weights) },
    finish: (totals) => finish(ratio(only(totals.sum), only(totals.weight))),
  };
}
