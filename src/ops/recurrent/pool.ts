/** One vector for each sequence, from those of its steps: batch-first, as layers give them. */

import { ArgumentError, DtypeError, ShapeError } from "../../errors.ts";
import { allowValues, requireValues } from "../../graph/arguments.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import { checkArgument, oneOf, required } from "../../options.ts";
import { cast } from "../elementwise/cast.ts";
import { div, maximum } from "../elementwise/elementwise.ts";
import { select } from "../elementwise/select.ts";
import { full, permute, reshape, slice, zeros } from "../layout/layout.ts";
import { matmul } from "../matmul/matmul.ts";
import { max } from "../rows/extrema.ts";
import { mean, sum } from "../rows/reduce.ts";
import { maskedSoftmax, softmax } from "../rows/softmax.ts";
import { takeLast } from "./lengths.ts";
import { checkLengths } from "./reverse-sequence.ts";
import { withinLengths } from "./within-lengths.ts";

/** How `pool` makes one vector of those of all steps. */
export type Pooling = "last" | "mean" | "max" | "attention";

/**
 * One vector for each sequence: float32 outputs [batch, time, ...] → [batch, ...]. `lengths` (int32 [batch]) says how many steps
 * of each count; all where it is undefined. `last`: that of the last step; `mean` and `max`: over the steps, element by element;
 * `attention`: a weighted mean, with the softmax of `scores` [batch, time] over the steps as weights (`nn.AttentionPooling`
 * makes the scores). A sequence of length 0 gives zeros. What lies behind the lengths has no influence. Throws ShapeError,
 * DtypeError, ArgumentError.
 */
export function pool(outputs: Value, lengths: Value | undefined, pooling: Pooling, scores?: Value): Value {
  requireValues("pool", { outputs });
  allowValues("pool", { lengths, scores });
  checkArgument("pool", "pooling", pooling, required(oneOf("last", "mean", "max", "attention")));
  if (outputs.dtype !== "float32") throw new DtypeError(`pool: outputs are ${outputs.dtype}, expected float32`);
  if (outputs.rank < 2) {
    throw new ShapeError(`pool: outputs have shape ${formatShape(outputs.shape)}, expected [batch, time, ...]`);
  }
  if (lengths) checkLengths("pool", lengths, outputs.shape[0] as number);
  if (pooling === "attention") return attend(outputs, lengths, scores);
  if (scores) throw new ArgumentError(`pool: scores are given with ${pooling}, expected them with attention alone`);
  return { last: lastStep, mean: meanStep, max: largest }[pooling](outputs, lengths);
}

/** The outputs at each sequence's own last step, [batch, time, ...] → [batch, ...]: `pool` with "last". */
export const last = (outputs: Value, lengths?: Value): Value => pool(outputs, lengths, "last");

function lastStep(x: Value, lengths: Value | undefined): Value {
  const [batch = 1, time = 1, ...rest] = x.shape;
  if (!lengths) return reshape(slice(x, 1, time - 1), [batch, ...rest]);
  const order = x.shape.map((_, axis) => (axis > 1 ? axis : 1 - axis));
  return takeLast(permute(x, order), lengths, zeros([batch, ...rest]), time);
}

function meanStep(x: Value, lengths: Value | undefined): Value {
  if (!lengths) return mean(x, 1);
  const counts = maximum(cast(lengths, "float32"), 1);
  return div(sum(withinLengths(x, lengths), 1), perSequence(counts, x.rank - 1));
}

function largest(x: Value, lengths: Value | undefined): Value {
  if (!lengths) return max(x, 1);
  const inside = reshape(steps(x, lengths), [...x.shape.slice(0, 2), ...x.shape.slice(2).fill(1)]);
  const found = max(select(inside, x, Number.NEGATIVE_INFINITY), 1);
  return select(perSequence(cast(lengths, "float32"), found.rank), found, 0);
}

function attend(x: Value, lengths: Value | undefined, scores: Value | undefined): Value {
  const [batch, time, ...rest] = x.shape as [number, number, ...number[]];
  if (!scores) throw new ArgumentError("pool: scores are undefined, expected float32 [batch, time] with attention");
  if (scores.dtype !== "float32" || !sameShape(scores.shape, [batch, time])) {
    throw new ShapeError(
      `pool: scores are ${scores.dtype} ${formatShape(scores.shape)}, expected float32 [batch, time] = [${batch}, ${time}]`,
    );
  }
  const weights = lengths ? maskedSoftmax(scores, steps(x, lengths)) : softmax(scores);
  // 0 · NaN is NaN: what does not count is taken away, too
  const values = reshape(lengths ? withinLengths(x, lengths) : x, [batch, time, -1]);
  return reshape(matmul(reshape(weights, [batch, 1, time]), values), [batch, ...rest]);
}

/** float32 [batch, time]: 1 at the steps that count. */
const steps = ({ shape }: Value, lengths: Value): Value => withinLengths(full(shape.slice(0, 2), 1), lengths);

/** [batch] as a value that broadcasts over the other axes of one of so many. */
const perSequence = (x: Value, rank: number): Value => reshape(x, [x.shape[0] as number, ...Array(rank - 1).fill(1)]);
