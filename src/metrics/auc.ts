import { DtypeError, ShapeError } from "../errors.ts";
import { requireValues } from "../graph/arguments.ts";
import { formatShape, sameShape, sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { cast } from "../ops/elementwise/cast.ts";
import { add, greater, minimum, mul, sub } from "../ops/elementwise/elementwise.ts";
import { select } from "../ops/elementwise/select.ts";
import { reshape } from "../ops/layout/layout.ts";
import { checkOptions, count } from "../options.ts";
import { histogram } from "./classes.ts";
import { kept, type Metric, type MetricOptions, metricKinds, weightsFor, zeroUnlessNaN } from "./metric.ts";

/** Options of `auc`. */
export interface AucOptions extends MetricOptions {
  /** Equal parts of the scores' range from 0 to 1; 1024. */
  readonly bins?: number;
}

/**
 * Area under the receiver operating characteristic: the probability that of a target of class 1 and one of class 0, drawn by
 * their weights, the former has the higher score; equal scores count half. `scores` are probabilities (0 to 1; what lies beyond
 * counts as 0 or 1), `targets` of the same shape 0 or 1, int32 or float32; negative ones do not count.
 *
 * Scores are counted in `bins`, and those of one bin count as equal: exact where no bin has scores of both classes that differ,
 * else off by at most half the share of pairs that share a bin. NaN where one of the classes does not occur. Throws ShapeError,
 * DtypeError, ArgumentError.
 */
export function auc(scores: Value, targets: Value, options: AucOptions = {}): Metric {
  requireValues("metrics.auc", { scores, targets });
  checkOptions<AucOptions>("metrics.auc", options, { ...metricKinds, bins: count });
  if (scores.dtype !== "float32") {
    throw new DtypeError(`metrics.auc: scores are ${scores.dtype}, expected float32 probabilities; cast them`);
  }
  if (!sameShape(scores.shape, targets.shape)) {
    throw new ShapeError(
      `metrics.auc: scores ${formatShape(scores.shape)} and targets ${formatShape(targets.shape)} differ, expected equal shapes; give the probability of one class`,
    );
  }
  const { bins = 1024 } = options;
  const size = [sizeOf(scores.shape)];
  const [x, y] = [reshape(scores, size), reshape(cast(targets, "float32"), size)];
  const given = weightsFor("metrics.auc", targets.shape, options.weights);
  const weights = select(greater(0, y), 0, given);
  const counted = kept(weights, add(weights, zeroUnlessNaN(x)));
  // NaN is not greater than 0: it stands in the first bin, with weight NaN
  const place = select(greater(x, 0), minimum(mul(minimum(x, 1), bins), bins - 1), 0);
  const indices = cast(place, "int32");
  const isPositive = greater(y, 0.5);
  return {
    statistics: {
      positive: histogram(indices, mul(counted, isPositive), bins),
      negative: histogram(indices, mul(counted, sub(1, isPositive)), bins),
    },
    finish(totals) {
      const { positive, negative } = totals as Record<"positive" | "negative", Float64Array>;
      let [below, pairs, all] = [0, 0, 0];
      for (let i = 0; i < bins; i++) {
        const [up, down] = [positive[i] as number, negative[i] as number];
        pairs += up * (below + down / 2);
        below += down;
        all += up;
      }
      return pairs / (all * below);
    },
  };
}
