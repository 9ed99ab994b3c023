import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { broadcastShapes, formatShape, normalizeAxis, type Shape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { reshape, transpose } from "../layout/layout.ts";
import { broadcastTo } from "./reduce.ts";
import { type Softmax, softmaxBackwardRow, softmaxRow } from "./softmax-rows.ts";
import { oneThreadPerRow } from "./threads.ts";

/** The last axis, and how many there are of it. */
export const rowsOf = (value: Value): { rows: number; n: number } => {
  const n = value.shape.at(-1) as number;
  return { rows: sizeOf(value.shape) / n, n };
};

const softmaxOp: Op<Softmax, { readonly x: Value }> = {
  name: "softmax",
  gradient: ({ outputs: { y }, attributes }, { y: g }) => ({ x: applyOne(softmaxBackwardOp, { y, g }, attributes, g) }),
  vectorize: ({ attributes }, { x }) => ({ y: applyOne(softmaxOp, { x }, attributes, x) }),
  row: softmaxRow,
  lower({ inputs, outputs, attributes: { variant } }, to) {
    const y = to.output(outputs.y);
    const { rows, n } = rowsOf(outputs.y);
    const serial = oneThreadPerRow(to.adapter, rows, n);
    to.dispatch({
      kernel: serial ? kernels.softmax_serial_forward : kernels.softmax_parallel_forward,
      variant,
      bind: { x: to.slot(inputs.x), y },
      params: { rows, n },
      workgroups: serial ? linearWorkgroups(rows) : foldWorkgroups(rows),
      flops: 5 * rows * n,
    });
  },
};

const softmaxBackwardOp: Op<Softmax, { readonly y: Value; readonly g: Value }> = {
  name: "softmaxBackward",
  vectorize: ({ attributes }, { y, g }, stacked) =>
    stacked.y && stacked.g ? { y: applyOne(softmaxBackwardOp, { y, g }, attributes, g) } : null,
  row: softmaxBackwardRow,
  lower({ inputs, outputs, attributes: { variant } }, to) {
    const d_x = to.output(outputs.y);
    const { rows, n } = rowsOf(outputs.y);
    const serial = oneThreadPerRow(to.adapter, rows, n);
    to.dispatch({
      kernel: serial ? kernels.softmax_serial_backward : kernels.softmax_parallel_backward,
      variant,
      bind: { y: to.slot(inputs.y), d_y: to.slot(inputs.g), d_x },
      params: { rows, n },
      workgroups: serial ? linearWorkgroups(rows) : foldWorkgroups(rows),
      flops: 4 * rows * n,
    });
  },
};

function alongAxis(op: string, x: Value, axis: number, variant: "default" | "log"): Value {
  requireValues(op, { x });
  if (x.dtype !== "float32") throw new DtypeError(`${op}: x is ${x.dtype}, expected float32`);
  const at = normalizeAxis(op, axis, x.rank);
  if (at !== x.rank - 1) return transpose(alongAxis(op, transpose(x, at, -1), -1, variant), at, -1);
  return applyOne(softmaxOp, { x }, { variant }, x);
}

/** exp(x) / Σ exp(x) along an axis (the last), with the maximum taken off first. */
export const softmax = (x: Value, axis = -1): Value => alongAxis("softmax", x, axis, "default");
/** Logarithm of the softmax along an axis (the last). */
export const logSoftmax = (x: Value, axis = -1): Value => alongAxis("logSoftmax", x, axis, "log");

/** Which row of a mask belongs to row r of x: r / repeat % rows. */
interface MaskRows {
  readonly repeat: number;
  readonly rows: number;
}

/** Null where the mask's rows lie in no such order; both of the same rank. */
function maskRows(mask: Shape, x: Shape): MaskRows | null {
  const last = x.length - 1;
  if (mask[last] !== x[last]) return null;
  const own = [...mask.slice(0, -1).keys()].filter((axis) => mask[axis] !== 1);
  const [first, end] = [own[0] ?? 0, (own.at(-1) ?? -1) + 1];
  if (!sameShape(mask.slice(first, end), x.slice(first, end))) return null;
  return { repeat: sizeOf(x.slice(end, -1)), rows: sizeOf(mask.slice(0, -1)) };
}

const maskedSoftmaxOp: Op<null, { readonly x: Value; readonly mask: Value }> = {
  name: "maskedSoftmax",
  gradient: ({ outputs: { y } }, { y: g }) => ({ x: applyOne(softmaxBackwardOp, { y, g }, { variant: "masked" }, g) }),
  vectorize(_, { x, mask }, stacked, length) {
    const steps = stacked.x ? x : broadcastTo(x, [length, ...x.shape]);
    return { y: maskedRows(steps, stacked.mask ? mask : reshape(mask, [1, ...mask.shape])) };
  },
  lower({ inputs: { x, mask }, outputs }, to) {
    const y = to.output(outputs.y);
    const { rows, n } = rowsOf(x);
    const { repeat, rows: mask_rows } = maskRows(mask.shape, x.shape) as MaskRows;
    const serial = oneThreadPerRow(to.adapter, rows, n);
    to.dispatch({
      kernel: serial ? kernels.masked_softmax_serial_forward : kernels.masked_softmax_parallel_forward,
      bind: { x: to.slot(x), mask: to.slot(mask), y },
      params: { rows, n, repeat, mask_rows },
      workgroups: serial ? linearWorkgroups(rows) : foldWorkgroups(rows),
      flops: 5 * rows * n,
    });
  },
};

/** Along the last axis; both of the same rank. */
function maskedRows(x: Value, mask: Value): Value {
  const fitted = maskRows(mask.shape, x.shape) ? mask : broadcastTo(mask, x.shape);
  return applyOne(maskedSoftmaxOp, { x, mask: fitted }, null, x);
}

/**
 * The softmax of what a mask leaves along an axis (the last): 0 where `mask`, float32 and of a shape that broadcasts to
 * that of x, is 0, and all 0 where nothing is left. What is masked does not count, whatever it is and whatever gradient
 * arrives there. The mask has no gradient.
 */
export function maskedSoftmax(x: Value, mask: Value, axis = -1): Value {
  requireValues("maskedSoftmax", { x, mask });
  for (const [name, value] of Object.entries({ x, mask })) {
    if (value.dtype !== "float32") throw new DtypeError(`maskedSoftmax: ${name} is ${value.dtype}, expected float32`);
  }
  const at = normalizeAxis("maskedSoftmax", axis, x.rank);
  if (mask.rank > x.rank || !sameShape(broadcastShapes("maskedSoftmax", x.shape, mask.shape), x.shape)) {
    throw new ShapeError(
      `maskedSoftmax: mask has shape ${formatShape(mask.shape)}, expected one that broadcasts to that of x ${formatShape(x.shape)}`,
    );
  }
  const aligned = reshape(mask, [...new Array<number>(x.rank - mask.rank).fill(1), ...mask.shape]);
  if (at === x.rank - 1) return maskedRows(x, aligned);
  return transpose(maskedRows(transpose(x, at, -1), transpose(aligned, at, -1)), at, -1);
}
