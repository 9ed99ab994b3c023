import { DtypeError, ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { formatShape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { unpermute } from "../elementwise/elementwise.ts";
import { permutedRows } from "../layout/layout.ts";
import { rowsOf } from "./softmax.ts";
import { oneThreadPerRow } from "./threads.ts";

type CrossEntropy = { readonly logits: Value; readonly targets: Value };

type Losses = {
  /** [] */
  readonly loss: Value;
  /** `[2]`: the loss, and the count of rows that it is the mean of. */
  readonly stats: Value;
  /** `[n, 2]`: maximum and sum of each row. */
  readonly sums: Value;
  /** [n] */
  readonly losses: Value;
};

const crossEntropyOp: Op<null, CrossEntropy, Losses> = {
  name: "crossEntropy",
  gradient: ({ inputs: { logits, targets }, outputs: { stats, sums } }, { loss: g }) => ({
    logits: g && applyOne(crossEntropyBackwardOp, { logits, targets, sums, stats, g }, null, logits),
  }),
  ranges: ({ inputs: { logits, targets } }) => [
    {
      input: targets,
      what: "crossEntropy target",
      maximum: (logits.shape.at(-1) as number) - 1,
      remedy: "check the classes",
    },
  ],
  lower({ inputs, outputs: { loss, ...rest } }, to) {
    const { logits, targets } = to.slots(inputs);
    const { stats, sums, losses } = to.rooms(rest);
    const { rows: n, n: v } = rowsOf(inputs.logits);
    const serial = oneThreadPerRow(to.adapter, n, v);
    to.dispatch({
      kernel: serial ? kernels.cross_entropy_serial_forward : kernels.cross_entropy_parallel_forward,
      bind: { logits, targets, losses, sums },
      params: { n, v },
      workgroups: serial ? linearWorkgroups(n) : foldWorkgroups(n),
      flops: 4 * n * v,
    });
    to.dispatch({
      kernel: kernels.cross_entropy_mean,
      bind: { losses, targets, stats },
      params: { n, v },
      workgroups: [1],
    });
    to.alias(loss, { ...stats, shape: [] });
  },
};

const crossEntropyBackwardOp: Op<null, CrossEntropy & Pick<Losses, "sums" | "stats"> & { readonly g: Value }> = {
  name: "crossEntropyBackward",
  lower({ inputs, outputs }, to) {
    const { logits, targets, sums, stats, g: d_loss } = to.slots(inputs);
    const d_logits = to.output(outputs.y);
    const { rows: n, n: v } = rowsOf(outputs.y);
    to.dispatch({
      kernel: kernels.cross_entropy_backward,
      bind: { logits, targets, sums, stats, d_loss, d_logits },
      params: { n, v },
      workgroups: linearWorkgroups(n * v),
      flops: 4 * n * v,
    });
  },
};

/** Throws unless `rows` are float32 [..., classes], and `targets` int32 [...]. */
export function requireRowTargets(op: string, rows: Value, targets: Value, name = "logits"): void {
  requireValues(op, { [name]: rows, targets });
  if (rows.dtype !== "float32") throw new DtypeError(`${op}: ${name} are ${rows.dtype}, expected float32`);
  if (targets.dtype !== "int32") throw new DtypeError(`${op}: targets are ${targets.dtype}, expected int32`);
  if (rows.rank > 0 && sameShape(rows.shape.slice(0, -1), targets.shape)) return;
  throw new ShapeError(
    `${op}: targets have shape ${formatShape(targets.shape)}, expected that of the ${name} ${formatShape(rows.shape)} without the last axis`,
  );
}

/** Mean of −log softmax(logits)[target] over all targets that are not negative (padding); `logits` [..., v], `targets` [...]. */
export function softmaxCrossEntropy(logits: Value, targets: Value): Value {
  requireRowTargets("crossEntropy", logits, targets);
  // the mean over all rows does not care for their order
  const rows = permutedRows(logits);
  if (rows) return softmaxCrossEntropy(rows.source, unpermute(targets, rows.order.slice(0, -1)));
  const n = sizeOf(targets.shape);
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const specs = { loss: float(), stats: float(2), sums: float(n, 2), losses: float(n) };
  return apply(crossEntropyOp, { logits, targets }, null, specs).loss;
}
