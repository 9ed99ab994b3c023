/** Operations on batches of sequences of unequal lengths, time-major: `lengths` [B] says how many steps each row has. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { allowValues, requireValues } from "../../graph/arguments.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import { formatShape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/recurrent.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { flip } from "../layout/layout.ts";

/** Both kernels see x as [time, batch, inner]. */
function lowerSteps(to: Lowering, kernel: Kernel, x: Slot, lengths: Slot, y: Slot): void {
  const [, batch = 1, ...rest] = x.shape;
  const size = sizeOf(x.shape);
  to.dispatch({
    kernel,
    bind: { x, lengths, y },
    params: { size, batch_size: batch, inner: sizeOf(rest) },
    workgroups: linearWorkgroups(size),
  });
}

/** Emits `y = x` with zeros past each row's end. */
export const lowerMaskSteps = (to: Lowering, x: Slot, lengths: Slot, y: Slot): void =>
  lowerSteps(to, kernels.mask_steps, x, lengths, y);

type Sequences = { readonly x: Value; readonly lengths: Value };

const maskStepsOp: Op<null, Sequences> = {
  name: "maskSteps",
  gradient: ({ inputs: { lengths } }, { y: g }) => ({ x: maskSteps(g, lengths) }),
  ranges: ({ inputs: { x, lengths } }) => [lengthsRange(lengths, x.shape[0] as number)],
  lower({ inputs: { x, lengths }, outputs: { y } }, to) {
    lowerMaskSteps(to, to.slot(x), to.slot(lengths), to.output(y));
  },
};

const reverseSequenceOp: Op<null, Sequences> = {
  name: "reverseSequence",
  gradient: ({ inputs: { lengths } }, { y: g }) => ({ x: reverseSequence(g, lengths) }),
  ranges: ({ inputs: { x, lengths } }) => [lengthsRange(lengths, x.shape[0] as number)],
  lower({ inputs: { x, lengths }, outputs: { y } }, to) {
    lowerSteps(to, kernels.reverse_sequence, to.slot(x), to.slot(lengths), to.output(y));
  },
};

/** `x` [T, B, ...] with zeros at the steps `t >= lengths[b]` of each row b. */
export function maskSteps(x: Value, lengths: Value): Value {
  requireValues("maskSteps", { x, lengths });
  checkSequences("maskSteps", x, lengths);
  return applyOne(maskStepsOp, { x, lengths }, null, x);
}

/**
 * `x` [T, B, ...] with the first `lengths[b]` steps of each row b in reverse order; the steps after them stay where they
 * are. Without lengths every row is reversed whole. Doing it twice gives `x` back.
 */
export function reverseSequence(x: Value, lengths?: Value): Value {
  requireValues("reverseSequence", { x });
  allowValues("reverseSequence", { lengths });
  if (!lengths) return flip(x, 0);
  checkSequences("reverseSequence", x, lengths);
  return applyOne(reverseSequenceOp, { x, lengths }, null, x);
}

function checkSequences(op: string, x: Value, lengths: Value): void {
  if (x.rank < 2) {
    throw new ShapeError(`${op}: x has shape ${formatShape(x.shape)}, expected [time, batch, ...]; add the batch axis`);
  }
  checkLengths(op, lengths, x.shape[1] as number);
}

/** What the numbers in `lengths` must be. */
export const lengthsRange = (lengths: Value, length: number) => ({
  input: lengths,
  what: "length",
  minimum: 0,
  maximum: length,
  remedy: "count the steps of each row and cut longer sequences",
});

/** Checks what can be checked while tracing: the numbers themselves are data. */
export function checkLengths(op: string, lengths: Value, batch: number): void {
  if (lengths.dtype !== "int32") {
    throw new DtypeError(`${op}: lengths is ${lengths.dtype}, expected int32; declare the input as int32([batch])`);
  }
  if (!sameShape(lengths.shape, [batch])) {
    throw new ShapeError(
      `${op}: lengths has shape ${formatShape(lengths.shape)}, expected [batch] = [${batch}]; give one length per sequence`,
    );
  }
}
