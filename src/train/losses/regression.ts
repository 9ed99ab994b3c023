/** Losses of numbers. */
import type { Value } from "../../graph/value.ts";
import { greater, mul, sub } from "../../ops/elementwise/elementwise.ts";
import { select } from "../../ops/elementwise/select.ts";
import { abs, neg, square } from "../../ops/elementwise/unary.ts";
import { numberWithin, positive } from "../../options.ts";
import { checkLossOptions, type LossOptions, requireAlike, Weighing } from "./weighing.ts";

/** predictions − targets where they count, and what becomes of losses made of it. */
function difference(op: string, predictions: Value, targets: Value, options: LossOptions) {
  requireAlike(op, predictions, targets);
  const weighing = new Weighing(op, predictions.shape, options);
  return { error: sub(weighing.keep(predictions), weighing.keep(targets)), weighing };
}

/** (prediction − target)², its mean unless the options say otherwise. Throws ShapeError, DtypeError, ArgumentError. */
export function meanSquaredError(predictions: Value, targets: Value, options: LossOptions = {}): Value {
  checkLossOptions("meanSquaredError", options, {});
  const { error, weighing } = difference("meanSquaredError", predictions, targets, options);
  return weighing.reduce(square(error));
}

/** |prediction − target|, its mean unless the options say otherwise. Throws ShapeError, DtypeError, ArgumentError. */
export function meanAbsoluteError(predictions: Value, targets: Value, options: LossOptions = {}): Value {
  checkLossOptions("meanAbsoluteError", options, {});
  const { error, weighing } = difference("meanAbsoluteError", predictions, targets, options);
  return weighing.reduce(abs(error));
}

/** Options of the loss `huber`. */
export interface HuberOptions extends LossOptions {
  /** Errors up to here count by their square, larger ones along a line; 1. */
  readonly delta?: number;
}

/**
 * ½·e² of errors e up to `delta`, delta·(|e| − ½·delta) beyond (Huber 1964): squared near 0, and outliers do not outweigh all else.
 * Its mean unless the options say otherwise. Throws ShapeError, DtypeError, ArgumentError.
 */
export function huber(predictions: Value, targets: Value, options: HuberOptions = {}): Value {
  checkLossOptions<HuberOptions>("huber", options, { delta: positive });
  const { delta = 1 } = options;
  const { error, weighing } = difference("huber", predictions, targets, options);
  const size = abs(error);
  const near = mul(square(error), 0.5);
  const far = mul(sub(size, 0.5 * delta), delta);
  return weighing.reduce(select(greater(size, delta), far, near));
}

/** Options of the loss `quantile`. */
export interface QuantileOptions extends LossOptions {
  /** The share of targets that should lie below the prediction, between 0 and 1; 0.5. */
  readonly quantile?: number;
}

const quantileKind = numberWithin("a number between 0 and 1", (value) => value > 0 && value < 1);

/**
 * quantile · e of targets above the prediction by e, (1 − quantile) · e of those below (the pinball loss; Koenker and Bassett
 * 1978): the prediction becomes that quantile. Its mean unless the options say otherwise. Throws ShapeError, DtypeError,
 * ArgumentError.
 */
export function quantile(predictions: Value, targets: Value, options: QuantileOptions = {}): Value {
  checkLossOptions<QuantileOptions>("quantile", options, { quantile: quantileKind });
  const { quantile: share = 0.5 } = options;
  const { error, weighing } = difference("quantile", predictions, targets, options);
  return weighing.reduce(select(greater(error, 0), mul(error, 1 - share), mul(neg(error), share)));
}
