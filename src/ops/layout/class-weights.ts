/** What each class weighs, for each target. */
import { applyOne } from "../../graph/apply.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/layout.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { select } from "../elementwise/select.ts";
import { stackAll, sum } from "../rows/reduce.ts";
import { reshape } from "./layout.ts";
import { oneHot } from "./one-hot.ts";

interface Weighed {
  /** [..., classes] */
  readonly weights: Value;
  /** int32, with the leading axes of the weights. */
  readonly targets: Value;
}

// As `take`, of which losses need neither axes nor the gradient for long tables: those bring an embedding's kernels along.
const weightsOfTargetsOp: Op<null, Weighed> = {
  name: "weightsOfTargets",
  gradient: ({ inputs: { weights, targets } }, { y: g }) => ({
    weights() {
      const classes = weights.shape.at(-1) as number;
      const parts = select(oneHot(targets, classes), reshape(g, [...g.shape, 1]), 0);
      const leading = weights.shape.slice(0, -1);
      return sum(reshape(parts, [...leading, -1, classes]), leading.length);
    },
  }),
  vectorize(_, inputs, stacked, length) {
    const { weights, targets } = stacked.weights ? stackAll(inputs, stacked, length) : inputs;
    return { y: weightsOfTargets(weights, targets) };
  },
  lower({ inputs, outputs }, to) {
    const { weights: x, targets: indices } = to.slots(inputs);
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    const shared = x.shape.length - 1;
    to.dispatch({
      kernel: kernels.take_forward,
      bind: { x, indices, y },
      params: { size, n: x.shape[shared] as number, m: sizeOf(y.shape.slice(shared)), inner: 1, shared_rows: 1 },
      workgroups: linearWorkgroups(size),
      // of the weights only those that are picked
      bytes: 8 * size + 4 * sizeOf(indices.shape),
    });
  },
};

/** `weights` [classes] by int32 `targets` of any shape; of a target below zero anything. */
export const weightsOfTargets = (weights: Value, targets: Value): Value =>
  applyOne(weightsOfTargetsOp, { weights, targets }, null, { shape: targets.shape, dtype: "float32" });
