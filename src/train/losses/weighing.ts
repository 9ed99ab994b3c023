/** What losses have in common: which elements count how much, and what becomes of them. */
import { DtypeError, ShapeError } from "../../errors.ts";
import { optionalValue, requireValues } from "../../graph/arguments.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { alignedWeights } from "../../metrics/aligned-weights.ts";
import { noteMean } from "../../metrics/count-of-mean.ts";
import { add, div, equal, mul } from "../../ops/elementwise/elementwise.ts";
import { select } from "../../ops/elementwise/select.ts";
import { reshape } from "../../ops/layout/layout.ts";
import { broadcastTo, mean, sum } from "../../ops/rows/reduce.ts";
import { checkOptions, type KindsOf, oneOf } from "../../options.ts";

/** Options that losses have in common. */
export interface LossOptions {
  /**
   * float32: how much each loss counts. The shape is that of the losses, or of their leading axes ([batch] or [batch, time] for
   * losses [batch, time, features]); extents may be 1. What has weight 0 is left out, whatever stands there, and has no gradient.
   */
  readonly weights?: Value | undefined;
  /**
   * `"mean"` (default): Σ weight · loss / Σ weight, 0 where all weights are 0; `"sum"`: Σ weight · loss; `"none"`: weight · loss,
   * each by itself.
   */
  readonly reduction?: "mean" | "sum" | "none" | undefined;
}

export const lossKinds: KindsOf<LossOptions> = { weights: optionalValue, reduction: oneOf("mean", "sum", "none") };

/** Checks options that are a loss's own as well. */
export function checkLossOptions<O extends LossOptions>(
  op: string,
  options: O,
  kinds: KindsOf<Omit<O, keyof LossOptions>>,
): void {
  checkOptions<O>(op, options, { ...lossKinds, ...kinds } as unknown as KindsOf<O>);
}

/** Throws unless predictions and targets are float32 of one shape. */
export function requireAlike(op: string, predictions: Value, targets: Value): void {
  requireValues(op, { predictions, targets });
  for (const [name, { dtype }] of Object.entries({ predictions, targets })) {
    if (dtype !== "float32") throw new DtypeError(`${op}: ${name} are ${dtype}, expected float32; cast them`);
  }
  if (sameShape(predictions.shape, targets.shape)) return;
  throw new ShapeError(
    `${op}: predictions ${formatShape(predictions.shape)} and targets ${formatShape(targets.shape)} differ, expected equal shapes`,
  );
}

/** The weights of losses of a shape. */
export class Weighing {
  /** With as many axes as the losses; null where all count alike. */
  readonly #weights: Value | null;
  readonly #reduction: NonNullable<LossOptions["reduction"]>;

  constructor(op: string, shape: Shape, { weights, reduction = "mean" }: LossOptions) {
    this.#reduction = reduction;
    this.#weights = weights ? alignedWeights(op, weights, shape, "losses") : null;
  }

  /** An operand whose leading axes are those of the losses, with 0 in the place of what does not count: 0 · NaN is NaN. */
  keep(x: Value): Value {
    const weights = this.#weights;
    if (!weights) return x;
    return select(reshape(weights, [...weights.shape, ...new Array<number>(x.rank - weights.rank).fill(1)]), x, 0);
  }

  /** `counts` are what the mean is divided by the sum of, the weights where absent. */
  reduce(losses: Value, counts?: Value): Value {
    const weights = this.#weights;
    const reduction = this.#reduction;
    // what is left out need not have a finite loss, whatever it was computed from
    const weighed = weights ? select(weights, mul(losses, weights), 0) : losses;
    if (reduction === "none") return weighed;
    if (reduction === "sum") return sum(weighed);
    if (!weights) return noteMean(mean(losses), sizeOf(losses.shape));
    const total = sum(broadcastTo(counts ?? weights, losses.shape));
    // nothing that counts: 0, and no division by it
    return noteMean(div(sum(weighed), add(total, equal(total, 0))), total);
  }
}
