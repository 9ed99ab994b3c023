/** The cross-entropy of each row, and which of the targets count. */
import { apply, applyOne } from "../../graph/apply.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { stackAll } from "./reduce.ts";
import { rowsOf } from "./softmax.ts";
import { oneThreadPerRow } from "./threads.ts";

interface ClassTargets {
  /** Whose targets they are, for messages. */
  readonly loss: string;
  readonly classes: number;
  readonly ignoreIndex: number | undefined;
}

const classTargetsOp: Op<ClassTargets, { readonly targets: Value }> = {
  name: "classTargets",
  gradient: () => ({}),
  vectorize: ({ attributes }, { targets }) => ({ y: applyOne(classTargetsOp, { targets }, attributes, targets) }),
  ranges: ({ inputs: { targets }, attributes: { loss, classes, ignoreIndex } }) => [
    {
      input: targets,
      what: `${loss} target`,
      maximum: classes - 1,
      ...(ignoreIndex === undefined ? {} : { except: ignoreIndex }),
      remedy: "check the classes",
    },
  ],
  lower({ inputs, outputs, attributes: { classes, ignoreIndex = -1 } }, to) {
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.class_targets,
      bind: { targets: to.slot(inputs.targets), y },
      params: { size, classes, ignore_index: ignoreIndex },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** int32 targets of any shape, with −1 in the place of what is no class or is `ignoreIndex`. */
export const classTargets = (loss: string, targets: Value, classes: number, ignoreIndex: number | undefined): Value =>
  applyOne(classTargetsOp, { targets }, { loss, classes, ignoreIndex }, targets);

type CrossEntropy = { readonly logits: Value; readonly targets: Value };

type Losses = {
  /** As the targets. */
  readonly losses: Value;
  /** Maximum and sum of each row, [..., 2]. */
  readonly sums: Value;
};

const crossEntropyRowsOp: Op<null, CrossEntropy, Losses> = {
  name: "crossEntropyRows",
  gradient: ({ inputs: { logits, targets }, outputs: { sums } }, { losses: g }) => ({
    logits: g && applyOne(crossEntropyRowsBackwardOp, { logits, targets, sums, g }, null, logits),
  }),
  vectorize: (_, inputs, stacked, length) => applyRows(stackAll(inputs, stacked, length)),
  lower({ inputs, outputs }, to) {
    const { rows: n, n: v } = rowsOf(inputs.logits);
    const serial = oneThreadPerRow(to.adapter, n, v);
    to.dispatch({
      kernel: serial ? kernels.cross_entropy_serial_forward : kernels.cross_entropy_parallel_forward,
      bind: { ...to.slots(inputs), ...to.rooms(outputs) },
      params: { n, v },
      workgroups: serial ? linearWorkgroups(n) : foldWorkgroups(n),
      flops: 4 * n * v,
    });
  },
};

type BackwardInputs = CrossEntropy & Pick<Losses, "sums"> & { readonly g: Value };

const crossEntropyRowsBackwardOp: Op<null, BackwardInputs> = {
  name: "crossEntropyRowsBackward",
  vectorize(_, inputs, stacked, length) {
    const all = stackAll(inputs, stacked, length);
    return { y: applyOne(crossEntropyRowsBackwardOp, all, null, all.logits) };
  },
  lower({ inputs, outputs }, to) {
    const { logits, targets, sums, g: d_losses } = to.slots(inputs);
    const { rows: n, n: v } = rowsOf(outputs.y);
    to.dispatch({
      kernel: kernels.cross_entropy_rows_backward,
      bind: { logits, targets, sums, d_losses, d_logits: to.output(outputs.y) },
      params: { n, v },
      workgroups: linearWorkgroups(n * v),
      flops: 4 * n * v,
    });
  },
};

function applyRows({ logits, targets }: CrossEntropy) {
  const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
  const specs = { losses: float(...targets.shape), sums: float(...targets.shape, 2) };
  return apply(crossEntropyRowsOp, { logits, targets }, null, specs);
}

/**
 * −log softmax(logits)[target] of each row of `logits` [..., v]; 0, and without a gradient, where the target of `targets` [...] is
 * no class, whatever stands there.
 */
export const crossEntropyRows = (logits: Value, targets: Value): Value => applyRows({ logits, targets }).losses;
