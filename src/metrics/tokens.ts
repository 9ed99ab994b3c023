/** Metrics of models that predict tokens. */
import { DtypeError, ShapeError } from "../errors.ts";
import { optionalValue, requireValues } from "../graph/arguments.ts";
import { formatShape, sameShape, sizeOf } from "../graph/shape.ts";
import type { Value } from "../graph/value.ts";
import { cast } from "../ops/elementwise/cast.ts";
import { greaterEqual, less, mul } from "../ops/elementwise/elementwise.ts";
import { select } from "../ops/elementwise/select.ts";
import { neg } from "../ops/elementwise/unary.ts";
import { reshape } from "../ops/layout/layout.ts";
import { takeAlongAxis } from "../ops/layout/take.ts";
import { sum } from "../ops/rows/reduce.ts";
import { logSoftmax } from "../ops/rows/softmax.ts";
import { checkOptions } from "../options.ts";
import { meanOf } from "./mean.ts";
import { kept, type Metric, type MetricOptions, metricKinds, only, ratio, weightsFor } from "./metric.ts";

/** Negative log-likelihoods [n] and weights [n], 0 of negative targets. */
function likelihoods(op: string, logits: Value, targets: Value, { weights }: MetricOptions) {
  requireValues(op, { logits, targets });
  if (logits.dtype !== "float32")
    throw new DtypeError(`${op}: logits are ${logits.dtype}, expected float32; cast them`);
  if (targets.dtype !== "int32") throw new DtypeError(`${op}: targets are ${targets.dtype}, expected int32`);
  if (logits.rank === 0 || !sameShape(logits.shape.slice(0, -1), targets.shape)) {
    throw new ShapeError(
      `${op}: targets have shape ${formatShape(targets.shape)}, expected that of the logits ${formatShape(logits.shape)} without the last axis`,
    );
  }
  const n = sizeOf(targets.shape);
  const right = cast(reshape(targets, [n]), "float32");
  const valid = cast(select(less(right, 0), 0, right), "int32");
  const rows = logSoftmax(reshape(logits, [n, logits.shape.at(-1) as number]));
  const nats = neg(reshape(takeAlongAxis(rows, reshape(valid, [n, 1]), 1), [n]));
  const isTarget = greaterEqual(right, 0);
  return { nats, weights: weights ? mul(weightsFor(op, targets.shape, weights), isTarget) : isTarget };
}

/**
 * e to the mean cross-entropy of `logits` [..., classes] and int32 `targets` [...], over all targets of the data set; negative
 * targets do not count. Throws ShapeError, DtypeError, ArgumentError.
 */
export function perplexity(logits: Value, targets: Value, options: MetricOptions = {}): Metric {
  checkOptions("metrics.perplexity", options, metricKinds);
  const { nats, weights } = likelihoods("metrics.perplexity", logits, targets, options);
  return meanOf(nats, weights, Math.exp);
}

/** Options of `bitsPerCharacter`. */
export interface BitsOptions extends MetricOptions {
  /** float32 [...]: characters of each target token; 1 each without it. */
  readonly characters?: Value | undefined;
}

/**
 * Cross-entropy in bits for each character, of `logits` [..., classes] and int32 `targets` [...]; negative targets do not count.
 * Throws ShapeError, DtypeError, ArgumentError.
 */
export function bitsPerCharacter(logits: Value, targets: Value, options: BitsOptions = {}): Metric {
  const op = "metrics.bitsPerCharacter";
  checkOptions<BitsOptions>(op, options, { ...metricKinds, characters: optionalValue });
  const { nats, weights } = likelihoods(op, logits, targets, options);
  const characters = weightsFor(`${op}: characters`, targets.shape, options.characters);
  return {
    statistics: {
      nats: sum(mul(kept(weights, nats), weights)),
      characters: sum(mul(kept(weights, characters), weights)),
    },
    finish: (totals) => ratio(only(totals.nats), only(totals.characters)) / Math.LN2,
  };
}
