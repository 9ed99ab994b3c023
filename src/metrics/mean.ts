import { requireValues } from "../graph/arguments.ts";
import { sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { reshape } from "../ops/layout/layout.ts";
import { weightedPairs } from "../ops/metrics/weighted.ts";
import { sum } from "../ops/rows/reduce.ts";
import { checkOptions } from "../options.ts";
import { givenWeights, type Metric, type MetricOptions, metricKinds, ratio } from "./metric.ts";

/**
 * The mean of float32 `values`, of any shape: of whatever is measured. 0 where nothing counts. Throws ShapeError, DtypeError,
 * ArgumentError.
 */
export function mean(values: Value, options: MetricOptions = {}): Metric {
  requireValues("metrics.mean", { values });
  checkOptions("metrics.mean", options, metricKinds);
  const weights = givenWeights("metrics.mean", values.shape, options.weights);
  return meanOf(reshape(values, [sizeOf(values.shape)]), weights);
}

/** Σ weight · x / Σ weight of rows [n], without weights their mean, and what is made of that. */
export const meanOf = <R = number>(x: Value, weights?: Value, finish?: (mean: number) => R): Metric<R> =>
  meanOfPairs(weightedPairs(x, weights), finish);

/** As `meanOf`, of [weight · x, weight]: [2, n]. */
export function meanOfPairs<R = number>(pairs: Value, finish: (mean: number) => R = (mean) => mean as R): Metric<R> {
  return {
    statistics: { sums: sum(pairs, -1) },
    finish({ sums }) {
      const [weighed, weight] = sums as Float64Array;
      return finish(ratio(weighed as number, weight as number));
    },
  };
}
