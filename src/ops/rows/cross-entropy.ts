import { DtypeError, ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import type { Slot } from "../../graph/lowering.ts";
import { formatShape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { foldWorkgroups, linearWorkgroups, oneThreadPerRow } from "../dispatch/workgroups.ts";
import { unpermute } from "../elementwise/elementwise.ts";
import { permutedRows } from "../layout/layout.ts";
import { rowsOf } from "./softmax.ts";

/** Outputs: the loss [], the mean and the count of rows [2] that hold it, maximum and sum of each row [n, 2], its loss [n]. */
const crossEntropyOp: Op<null> = {
  name: "crossEntropy",
  gradient({ inputs, outputs }, [g]) {
    const [logits, targets] = inputs as [Value, Value];
    const [, stats, sums] = outputs as [Value, Value, Value];
    return [g && applyOne(crossEntropyBackwardOp, [logits, targets, sums, stats, g], null, logits)];
  },
  ranges: ({ inputs: [logits] }) => [
    {
      input: 1,
      what: "crossEntropy target",
      maximum: ((logits as Value).shape.at(-1) as number) - 1,
      remedy: "check the classes",
    },
  ],
  lower({ inputs: [logits, targets], outputs: [loss, ...rest] }, to) {
    const [stats, sums, losses] = rest.map((output) => to.output(output)) as [Slot, Slot, Slot];
    const { rows: n, n: v } = rowsOf(logits as Value);
    const serial = oneThreadPerRow(to.adapter, n, v);
    const bind = { logits: to.slot(logits as Value), targets: to.slot(targets as Value) };
    to.dispatch({
      kernel: serial ? kernels.cross_entropy_forward_serial : kernels.cross_entropy_forward,
      bind: { ...bind, losses, sums },
      params: { n, v },
      workgroups: serial ? linearWorkgroups(n) : foldWorkgroups(n),
      flops: 4 * n * v,
    });
    to.dispatch({
      kernel: kernels.cross_entropy_mean,
      bind: { losses, targets: bind.targets, stats },
      params: { n, v },
      workgroups: [1],
    });
    to.alias(loss as Value, { ...stats, shape: [] });
  },
};

const crossEntropyBackwardOp: Op<null> = {
  name: "crossEntropyBackward",
  lower({ inputs, outputs }, to) {
    const [logits, targets, sums, stats, d_loss] = inputs.map((input) => to.slot(input)) as [
      Slot,
      Slot,
      Slot,
      Slot,
      Slot,
    ];
    const d_logits = to.output(outputs[0] as Value);
    const { rows: n, n: v } = rowsOf(outputs[0] as Value);
    to.dispatch({
      kernel: kernels.cross_entropy_backward,
      bind: { logits, targets, sums, stats, d_loss, d_logits },
      params: { n, v },
      workgroups: linearWorkgroups(n * v),
      flops: 4 * n * v,
    });
  },
};

/** Mean of −log softmax(logits)[target] over all targets that are not negative (padding); `logits` [..., v], `targets` [...]. */
export function softmaxCrossEntropy(logits: Value, targets: Value): Value {
  requireValues("crossEntropy", { logits, targets });
  if (logits.dtype !== "float32") throw new DtypeError(`crossEntropy: logits are ${logits.dtype}, expected float32`);
  if (targets.dtype !== "int32") throw new DtypeError(`crossEntropy: targets are ${targets.dtype}, expected int32`);
  if (logits.rank === 0 || !sameShape(logits.shape.slice(0, -1), targets.shape)) {
    throw new ShapeError(
      `crossEntropy: targets have shape ${formatShape(targets.shape)}, expected that of the logits ${formatShape(logits.shape)} without the last axis`,
    );
  }
  // the mean over all rows does not care for their order
  const rows = permutedRows(logits);
  if (rows) return softmaxCrossEntropy(rows.source, unpermute(targets, rows.order.slice(0, -1)));
  const n = sizeOf(targets.shape);
  const specs = [[], [2], [n, 2], [n]].map((shape) => ({ shape, dtype: "float32" as const }));
  return apply(crossEntropyOp, [logits, targets], null, specs)[0] as Value;
}
