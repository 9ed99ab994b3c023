/** Batches of sequences of unequal lengths, padded at the end to [time, batch, ...]. */

import { applyOne } from "../../graph/apply.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/recurrent.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { full } from "../layout/layout.ts";
import { lengthsRange, maskSteps } from "./reverse-sequence.ts";

type Last = { readonly x: Value; readonly lengths: Value; readonly before: Value };

const takeLastOp: Op<{ readonly most: number | null }, Last> = {
  name: "takeLast",
  ranges: ({ inputs: { lengths }, attributes: { most } }) => (most === null ? [] : [lengthsRange(lengths, most)]),
  gradient: ({ inputs: { x, lengths } }, { y: g }) => ({
    x: applyOne(takeLastBackwardOp, { g, lengths }, null, x),
    before: () => ofEmptyRows(g, lengths),
  }),
  lower({ inputs, outputs }, to) {
    const { x, lengths, before } = to.slots(inputs);
    const y = to.output(outputs.y);
    const [length, batch] = x.shape as [number, number];
    to.dispatch({
      kernel: kernels.take_last_forward,
      bind: { x, lengths, before, y },
      params: { seq_len: length, batch_size: batch, width: sizeOf(y.shape) / batch },
      workgroups: linearWorkgroups(sizeOf(y.shape)),
    });
  },
};

const takeLastBackwardOp: Op<null, { readonly g: Value; readonly lengths: Value }> = {
  name: "takeLastBackward",
  lower({ inputs, outputs }, to) {
    const { g: d_y, lengths } = to.slots(inputs);
    const d_x = to.output(outputs.y);
    const batch = d_x.shape[1] as number;
    const size = sizeOf(d_x.shape);
    to.dispatch({
      kernel: kernels.take_last_backward,
      bind: { d_y, lengths, d_x },
      params: { size, batch_size: batch, width: sizeOf(d_y.shape) / batch },
      workgroups: linearWorkgroups(size),
    });
  },
};

/**
 * Each row's value at its own last step, of a row without steps that of `before`: x [T, B, ...], before [B, ...]. `most` is what
 * lengths may be, where nothing else checks them.
 */
export const takeLast = (x: Value, lengths: Value, before: Value, most: number | null = null): Value =>
  applyOne(takeLastOp, { x, lengths, before }, { most }, { shape: x.shape.slice(1), dtype: x.dtype });

const shiftLengthsOp: Op<{ readonly start: number; readonly length: number }, { readonly lengths: Value }> = {
  name: "shiftLengths",
  ranges: ({ inputs: { lengths }, attributes: { length } }) => [lengthsRange(lengths, length)],
  lower({ inputs, outputs, attributes: { start } }, to) {
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.shift_lengths,
      bind: { lengths: to.slot(inputs.lengths), y },
      params: { size, start },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** Lengths in a sequence of `length` steps as seen from step `start` on: 0 for rows that ended before. */
export const shiftLengths = (lengths: Value, start: number, length: number): Value =>
  applyOne(shiftLengthsOp, { lengths }, { start, length }, lengths);

/** float32 [length, B, 1]: 1 at the steps that count, 0 at padded ones. */
export const stepMask = (lengths: Value, length: number): Value =>
  maskSteps(full([length, lengths.shape[0] as number, 1], 1), lengths);

/** `x` [B, H] in the rows of length 0, zeros in the others. */
export const ofEmptyRows = (x: Value, lengths: Value): Value => takeLast(full([1, ...x.shape], 0), lengths, x);
