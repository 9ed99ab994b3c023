/** Batches of sequences of unequal lengths, padded at the end to [time, batch, ...]. */

import { applyOne } from "../../graph/apply.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/recurrent.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { full } from "../layout/layout.ts";
import { lengthsRange, maskSteps } from "./reverse-sequence.ts";

const takeLastOp: Op<null> = {
  name: "takeLast",
  gradient: ({ inputs: [x, lengths] }, [g], needed) => [
    g && applyOne(takeLastBackwardOp, [g, lengths as Value], null, x as Value),
    undefined,
    g && needed[2] ? ofEmptyRows(g, lengths as Value) : undefined,
  ],
  lower({ inputs: [x, lengths, before], outputs }, to) {
    const y = to.output(outputs[0] as Value);
    const [length, batch] = (x as Value).shape as [number, number];
    to.dispatch({
      kernel: kernels.take_last_forward,
      bind: { x: to.slot(x as Value), lengths: to.slot(lengths as Value), before: to.slot(before as Value), y },
      params: { seq_len: length, batch_size: batch, width: sizeOf(y.shape) / batch },
      workgroups: linearWorkgroups(sizeOf(y.shape)),
    });
  },
};

const takeLastBackwardOp: Op<null> = {
  name: "takeLastBackward",
  lower({ inputs: [g, lengths], outputs }, to) {
    const d_x = to.output(outputs[0] as Value);
    const batch = d_x.shape[1] as number;
    const size = sizeOf(d_x.shape);
    to.dispatch({
      kernel: kernels.take_last_backward,
      bind: { d_y: to.slot(g as Value), lengths: to.slot(lengths as Value), d_x },
      params: { size, batch_size: batch, width: sizeOf((g as Value).shape) / batch },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** Each row's value at its own last step, of a row without steps that of `before`: x [T, B, ...], before [B, ...]. */
export const takeLast = (x: Value, lengths: Value, before: Value): Value =>
  applyOne(takeLastOp, [x, lengths, before], null, { shape: x.shape.slice(1), dtype: x.dtype });

const shiftLengthsOp: Op<{ readonly start: number; readonly length: number }> = {
  name: "shiftLengths",
  ranges: ({ attributes: { length } }) => [lengthsRange(0, length)],
  lower({ inputs, outputs, attributes: { start } }, to) {
    const y = to.output(outputs[0] as Value);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.shift_lengths,
      bind: { lengths: to.slot(inputs[0] as Value), y },
      params: { size, start },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** Lengths in a sequence of `length` steps as seen from step `start` on: 0 for rows that ended before. */
export const shiftLengths = (lengths: Value, start: number, length: number): Value =>
  applyOne(shiftLengthsOp, [lengths], { start, length }, lengths);

/** float32 [length, B, 1]: 1 at the steps that count, 0 at padded ones. */
export const stepMask = (lengths: Value, length: number): Value =>
  maskSteps(full([length, lengths.shape[0] as number, 1], 1), lengths);

/** `x` [B, H] in the rows of length 0, zeros in the others. */
export const ofEmptyRows = (x: Value, lengths: Value): Value => takeLast(full([1, ...x.shape], 0), lengths, x);
