/** What metrics over rows are the sums of: each number with its weight, in one dispatch. */

import { applyOne } from "../../graph/apply.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/metrics.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { oneThreadPerRow } from "../rows/threads.ts";

const pairsOp: Op<null, { readonly x: Value; readonly weights?: Value | undefined }> = {
  name: "weightedPairs",
  // of what is measured, nothing flows
  gradient: () => ({}),
  lower({ inputs, outputs }, to) {
    const x = to.slot(inputs.x);
    const size = sizeOf(x.shape);
    to.dispatch({
      kernel: kernels.weighted_pairs,
      bind: { x, weights: inputs.weights ? to.slot(inputs.weights) : x, y: to.output(outputs.y) },
      params: { size, weighted: inputs.weights ? 1 : 0 },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** [weight · x, weight] of x [n] and weights [n], or 1 without: [2, n]. What has weight 0 is 0, whatever it is. */
export const weightedPairs = (x: Value, weights?: Value): Value =>
  applyOne(pairsOp, { x, weights }, null, { shape: [2, sizeOf(x.shape)], dtype: "float32" });

interface Hits {
  readonly scores: Value;
  readonly targets: Value;
  readonly weights?: Value | undefined;
}

const hitsOp: Op<{ readonly threshold: number }, Hits> = {
  name: "classHits",
  gradient: () => ({}),
  lower({ inputs, outputs, attributes: { threshold } }, to) {
    const [scores, targets] = [to.slot(inputs.scores), to.slot(inputs.targets)];
    const [rows, n] = scores.shape as [number, number];
    const serial = oneThreadPerRow(to.adapter, rows, n);
    to.dispatch({
      kernel: serial ? kernels.class_hits_serial : kernels.class_hits_parallel,
      bind: {
        ...{ scores, targets, hits: to.output(outputs.y) },
        weights: inputs.weights ? to.slot(inputs.weights) : scores,
      },
      params: { rows, n, weighted: inputs.weights ? 1 : 0, threshold },
      workgroups: serial ? linearWorkgroups(rows) : foldWorkgroups("metrics", rows, to.adapter),
    });
  },
};

/**
 * Pairs as `weightedPairs` gives them, of whether the first of a row's largest scores is its target's. `scores` [n, classes], where
 * one class says by `threshold` whether it is 0 or 1, int32 `targets` [n]; negative ones have weight 0.
 */
export const classHits = (inputs: Hits, threshold: number): Value =>
  applyOne(hitsOp, inputs, { threshold }, { shape: [2, inputs.scores.shape[0] as number], dtype: "float32" });
