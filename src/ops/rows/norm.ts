/** Normalisation over the last axis: layer norm and RMS norm. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import { allowValues, requireValues } from "../../graph/arguments.ts";
import { formatShape, normalizeAxis, type Shape, type Spec, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { checkOptions, either, integer, listOf, nonNegative } from "../../options.ts";
import { foldWorkgroups, linearWorkgroups } from "../dispatch/workgroups.ts";
import { invertOrder, permute, permutedRows, reshape } from "../layout/layout.ts";
import { type Arrived, type Norm, type Normed, type NormInputs, normBackwardRow, normRow } from "./norm-rows.ts";
import { stackAll, sumTo } from "./reduce.ts";
import { lowerReduction } from "./reduction.ts";
import { chunksOf, oneThreadPerRow } from "./threads.ts";

const rowsOf = (shape: Shape): { rows: number; n: number } => {
  const n = shape.at(-1) as number;
  return { rows: sizeOf(shape) / n, n };
};

const outputSpecs = (x: Spec) => ({ y: x, stats: { shape: [...x.shape.slice(0, -1), 2], dtype: "float32" as const } });

const normOp: Op<Norm, NormInputs, Normed> = {
  name: "norm",
  gradient({ inputs: { x, weight, bias }, outputs: { stats }, attributes: { variant } }, { y: g }) {
    if (!g) return {};
    return {
      x: () => applyOne(normBackwardOp, { x, g, stats, weight }, { variant }, x),
      weight: () => weightGradient({ x, g, stats }, 0),
      bias: () => bias && sumTo(g, bias.shape),
    };
  },
  vectorize({ attributes }, inputs, stacked) {
    // weights that differ from step to step are no case of this operation
    if (!stacked.x || stacked.weight || stacked.bias) return null;
    return apply(normOp, inputs, attributes, outputSpecs(inputs.x));
  },
  row: normRow,
  lower({ inputs, outputs, attributes }, to) {
    const { x, weight, bias } = to.slots(inputs);
    const { y, stats } = to.rooms(outputs);
    const { rows, n } = rowsOf(y.shape);
    const serial = oneThreadPerRow(to.adapter, rows, n);
    to.dispatch({
      kernel: serial ? kernels.layer_norm_serial_forward : kernels.layer_norm_parallel_forward,
      variant: attributes.variant,
      bind: { x, weight: weight ?? x, bias: bias ?? x, y, stats },
      params: { rows, n, has_weight: weight ? 1 : 0, has_bias: bias ? 1 : 0, epsilon: attributes.epsilon },
      workgroups: serial ? linearWorkgroups(rows) : foldWorkgroups(rows),
      flops: 8 * rows * n,
    });
  },
};

const normBackwardOp: Op<Pick<Norm, "variant">, Arrived & Pick<NormInputs, "weight">> = {
  name: "normBackward",
  vectorize({ attributes }, { weight, ...inputs }, { weight: isWeightStacked, ...stacked }, length) {
    if (isWeightStacked) return null;
    const all = stackAll(inputs, stacked, length);
    return { y: applyOne(normBackwardOp, { ...all, weight }, attributes, all.x) };
  },
  row: normBackwardRow,
  lower({ inputs, outputs, attributes: { variant } }, to) {
    const { x, g: d_y, stats, weight } = to.slots(inputs);
    const d_x = to.output(outputs.y);
    const { rows, n } = rowsOf(d_x.shape);
    const serial = oneThreadPerRow(to.adapter, rows, n);
    to.dispatch({
      kernel: serial ? kernels.layer_norm_serial_backward : kernels.layer_norm_parallel_backward,
      variant,
      bind: { x, d_y, stats, weight: weight ?? x, d_x },
      params: { rows, n, has_weight: weight ? 1 : 0 },
      workgroups: serial ? linearWorkgroups(rows) : foldWorkgroups(rows),
      flops: 12 * rows * n,
    });
  },
};

interface WeightGradient {
  /** Leading axes that the sum leaves alone: the time axis of a loop whose steps each want their own. */
  readonly kept: number;
}

/** Gives [kept axes…, n]. */
const normWeightBackwardOp: Op<WeightGradient, Arrived> = {
  name: "normWeightBackward",
  vectorize: ({ attributes: { kept } }, inputs, stacked, length) => ({
    y: weightGradient(stackAll(inputs, stacked, length), kept + 1),
  }),
  // the sum over steps is the sum over all rows of all steps
  vectorizeSum: ({ attributes: { kept } }, inputs, stacked) =>
    kept === 0 && stacked.x && stacked.g && stacked.stats ? weightGradient(inputs, 0) : null,
  lower({ inputs, outputs, attributes: { kept } }, to) {
    const { x, g: d_y, stats } = to.slots(inputs);
    const y = to.output(outputs.y);
    const n = x.shape.at(-1) as number;
    const outer = sizeOf(x.shape.slice(0, kept));
    const rows = sizeOf(x.shape) / n / outer;
    const { chunks, chunkSize } = chunksOf(to.adapter, outer * n, rows);
    const partials = chunks > 1 ? to.temporary([outer, chunks, n], "float32", "norm partials") : y;
    to.dispatch({
      kernel: kernels.layer_norm_weight_backward,
      bind: { x, d_y, stats, partials },
      params: { outer, rows, n, chunks, chunk_size: chunkSize },
      workgroups: linearWorkgroups(outer * chunks * n),
      flops: 4 * outer * rows * n,
    });
    if (chunks > 1) lowerReduction(to, "sum", partials, [1], y, 1);
  },
};

function weightGradient(arrived: Arrived, kept: number): Value {
  const { shape } = arrived.x;
  const spec = { shape: [...shape.slice(0, kept), shape.at(-1) as number], dtype: "float32" as const };
  return applyOne(normWeightBackwardOp, arrived, { kept }, spec);
}

function norm(
  op: string,
  x: Value,
  weight: Value | undefined,
  bias: Value | undefined,
  variant: Norm["variant"],
  epsilon: number,
): Value {
  const size = x.shape.at(-1) as number;
  for (const [name, value] of Object.entries({ x, weight, bias })) {
    if (!value) continue;
    if (value.dtype !== "float32") throw new DtypeError(`${op}: ${name} is ${value.dtype}, expected float32`);
    if (value !== x && !sameShape(value.shape, [size])) {
      throw new ShapeError(
        `${op}: ${name} has shape ${formatShape(value.shape)}, expected that of x's last axis, [${size}]`,
      );
    }
  }
  const rows = permutedRows(x);
  if (rows) return permute(norm(op, rows.source, weight, bias, variant, epsilon), rows.order);
  return apply(normOp, { x, weight, bias }, { variant, epsilon }, outputSpecs(x)).y;
}

/** Options of `layerNorm` and `rmsNorm`. */
export interface NormalizeOptions {
  /** Added to the variance, at least 0; 1e-5 unless given. */
  readonly epsilon?: number;
  /** What is normalised together: the last axis unless given; negative axes count from the end. */
  readonly axes?: number | readonly number[];
}

/** Brings the axes to the end and takes them as one. */
function normOver(
  op: string,
  x: Value,
  weight: Value | undefined,
  bias: Value | undefined,
  variant: Norm["variant"],
  options: number | NormalizeOptions = {},
): Value {
  const given: NormalizeOptions = typeof options === "number" ? { epsilon: options } : options;
  requireValues(op, { x });
  allowValues(op, { weight, bias });
  checkOptions<NormalizeOptions>(op, given, { epsilon: nonNegative, axes: either(integer, listOf(integer, "axes")) });
  const { epsilon = 1e-5, axes = -1 } = given;
  if (x.rank === 0) throw new ShapeError(`${op}: x is a scalar, expected [..., features]`);
  const all = (typeof axes === "number" ? [axes] : axes).map((axis) => normalizeAxis(op, axis, x.rank));
  const list = [...new Set(all)].sort((one, other) => one - other);
  if (list.length === 0) throw new ShapeError(`${op}: axes are empty, expected at least one`);
  if (list.length === 1 && list[0] === x.rank - 1) return norm(op, x, weight, bias, variant, epsilon);
  const extents = list.map((axis) => x.shape[axis] as number);
  for (const [name, value] of Object.entries({ weight, bias })) {
    if (value && !sameShape(value.shape, extents)) {
      throw new ShapeError(
        `${op}: ${name} has shape ${formatShape(value.shape)}, expected that of x's axes ${formatShape(list)}, ${formatShape(extents)}`,
      );
    }
  }
  const order = [...x.shape.map((_, axis) => axis).filter((axis) => !list.includes(axis)), ...list];
  const moved = permute(x, order);
  const flat = (value: Value | undefined) => value && reshape(value, [-1]);
  const rows = reshape(moved, [...moved.shape.slice(0, -list.length), sizeOf(extents)]);
  const y = norm(op, rows, flat(weight), flat(bias), variant, epsilon);
  return permute(reshape(y, moved.shape), invertOrder(order));
}

/**
 * (x − mean) / √(variance + ε) · weight + bias over the last axis (Ba, Kiros and Hinton 2016), or over `axes` together; weight
 * and bias have the extents of these axes, in the order of x's. The options may be epsilon alone.
 */
export const layerNorm = (x: Value, weight?: Value, bias?: Value, options?: number | NormalizeOptions): Value =>
  normOver("layerNorm", x, weight, bias, "default", options);

/** x / √(mean of x² + ε) · weight over the last axis (Zhang and Sennrich 2019), or over `axes` together; as `layerNorm`. */
export const rmsNorm = (x: Value, weight?: Value, options?: number | NormalizeOptions): Value =>
  normOver("rmsNorm", x, weight, undefined, "rms", options);
