/** Normalisation of each feature over all rows of a batch. */

import { apply, applyOne } from "../../graph/apply.ts";
import type { Slot } from "../../graph/lowering.ts";
import { type Spec, sizeOf } from "../../graph/shape.ts";
import type { IndexRange, NodeLowering, Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/rows.ts";
import { inVectors, LANES } from "../dispatch/vectors.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { add, div, mul } from "../elementwise/elementwise.ts";
import { neg } from "../elementwise/unary.ts";
import { full, permute, permutedRows, reshape, slice } from "../layout/layout.ts";
import { withinLengths } from "../recurrent/within-lengths.ts";
import { sumTo } from "./reduce.ts";
import { lowerReduction } from "./reduction.ts";
import { chunksOf } from "./threads.ts";

/** What is normalised. */
type Rows = {
  /** [batch, time, …, n] with lengths, else [..., n] */
  readonly x: Value;
  /** int32 [batch] */
  readonly lengths?: Value | undefined;
};

/** Learned. */
type Affine = {
  /** [n] */
  readonly weight?: Value | undefined;
  /** [n] */
  readonly bias?: Value | undefined;
};

interface Epsilon {
  readonly epsilon: number;
}

/** Statistics that are known: those of inference. */
type Known = {
  /** [n] */
  readonly mean: Value;
  /** [n] */
  readonly variance: Value;
};

/** Statistics that the batch's move. */
type Running = { readonly [Name in keyof Known]?: Value | undefined };

const featuresOf = (x: Spec): number => x.shape.at(-1) as number;

const ranges = ({ inputs: { x, lengths } }: { readonly inputs: Rows }): (IndexRange & { readonly input: Value })[] =>
  lengths
    ? [
        {
          input: lengths,
          what: "length",
          minimum: 0,
          maximum: x.shape[1] as number,
          remedy: "lengths count the steps of each sequence",
        },
      ]
    : [];

/** How a kernel sees the rows: the variant, its parameters, and what is bound to `lengths`. */
function rowsOf(x: Slot, lengths: Slot | undefined, ...others: readonly Slot[]) {
  const n = featuresOf(x);
  const lanes = inVectors(n, x, ...others) ? LANES : 1;
  const variant = [lengths && "lengths", lanes > 1 && "vec4"].filter(Boolean).join("_") || "default";
  const [seqLen, each] = lengths ? [x.shape[1] as number, sizeOf(x.shape.slice(2, -1))] : [1, 1];
  const params = { rows: sizeOf(x.shape) / n, n, seq_len: seqLen, each };
  return { n, lanes, variant, params, size: sizeOf(x.shape), lengths: lengths ?? x };
}

function lowerNormalised(
  to: NodeLowering,
  slots: { readonly [Name in "x" | "mean" | "variance" | "y"]: Slot } & {
    readonly [Name in "weight" | "bias" | "lengths"]?: Slot | undefined;
  },
  epsilon: number,
): void {
  const { x, mean, variance, weight = x, bias = x, y } = slots;
  const { lanes, variant, params, size, lengths } = rowsOf(x, slots.lengths, mean, variance, weight, bias, y);
  to.dispatch({
    kernel: kernels.batch_norm_forward,
    variant,
    bind: { x, mean, variance, weight, bias, lengths, y },
    params: { ...params, has_weight: slots.weight ? 1 : 0, has_bias: slots.bias ? 1 : 0, epsilon },
    workgroups: linearWorkgroups(size / lanes),
    flops: 6 * size,
  });
}

/** By statistics that are known: each element is a function of its own. */
const normalizeOp: Op<Epsilon, Rows & Affine & Known> = {
  name: "normalize",
  ranges,
  gradient({ inputs: { x, lengths, mean, variance, weight, bias }, attributes }, { y: g }) {
    const inside = lengths ? withinLengths(g, lengths) : g;
    const slope = () => mul(applyOne(normalizeOp, { x, lengths, mean, variance }, attributes, x), inside);
    const zero = full(mean.shape, 0);
    const d_x = applyOne(normalizeOp, { x: g, lengths, mean: zero, variance, weight }, attributes, x);
    return {
      x: d_x,
      mean: () => neg(sumTo(d_x, mean.shape)),
      variance() {
        const scaled = mul(sumTo(slope(), mean.shape), div(-0.5, add(variance, attributes.epsilon)));
        return weight ? mul(scaled, weight) : scaled;
      },
      weight: () => sumTo(slope(), mean.shape),
      bias: () => bias && sumTo(inside, bias.shape),
    };
  },
  vectorize({ attributes }, inputs, { x, ...others }) {
    if (!x || inputs.lengths || Object.values(others).some(Boolean)) return null;
    return { y: applyOne(normalizeOp, inputs, attributes, inputs.x) };
  },
  lower({ inputs, outputs, attributes: { epsilon } }, to) {
    lowerNormalised(to, { ...to.slots(inputs), y: to.output(outputs.y) }, epsilon);
  },
};

type Normed = {
  /** As x. */
  readonly y: Value;
  /** Mean, variance, and how many rows count: [3, n]. */
  readonly stats: Value;
  /** Mean and variance that run, after this batch, [2, n]; the batch's own where none were given. */
  readonly next: Value;
};

interface Moving extends Epsilon {
  readonly momentum: number;
}

/** By the batch's own statistics. */
const batchNormOp: Op<Moving, Rows & Affine & Running, Normed> = {
  name: "batchNorm",
  ranges,
  gradient({ inputs: { x, lengths, weight }, outputs: { stats }, attributes: { epsilon } }, { y: g }) {
    if (!g) return {};
    const n = featuresOf(x);
    const spec = { shape: [2, n], dtype: "float32" as const };
    const sums = applyOne(sumsBackwardOp, { x, g, stats, lengths }, { epsilon }, spec);
    const part = (i: number) => () => reshape(slice(sums, 0, i, i + 1), [n]);
    return {
      x: () => applyOne(batchNormBackwardOp, { x, g, stats, sums, lengths, weight }, { epsilon }, x),
      weight: part(1),
      bias: part(0),
    };
  },
  lower({ inputs, outputs, attributes: { epsilon, momentum } }, to) {
    const slots = to.slots(inputs);
    const { x, mean, variance } = slots;
    const { stats, next, y } = to.rooms(outputs);
    const { n, lanes, variant, params, size, lengths } = rowsOf(x, slots.lengths);
    const { chunks, chunkSize } = chunksOf(to.adapter, n / lanes, params.rows);
    const partials = to.temporary([chunks, 3, n], "float32", "batch norm partials");
    to.dispatch({
      kernel: kernels.batch_norm_sums_forward,
      variant,
      bind: { x, lengths, partials },
      params: { ...params, chunks, chunk_size: chunkSize },
      workgroups: linearWorkgroups((chunks * n) / lanes),
      flops: 4 * size,
    });
    to.dispatch({
      kernel: kernels.batch_norm_statistics_forward,
      bind: { partials, running_mean: mean ?? partials, running_variance: variance ?? partials, stats, next },
      params: { n, chunks, momentum: mean ? momentum : 1 },
      workgroups: linearWorkgroups(n),
      flops: 8 * chunks * n,
    });
    const row = (i: number): Slot => ({ ...stats, offset: stats.offset + i * n, shape: [n] });
    lowerNormalised(to, { ...slots, mean: row(0), variance: row(1), y }, epsilon);
  },
};

/** What gradients are made of: x, the gradient of y, the statistics. */
type Arrived = Rows & { readonly g: Value; readonly stats: Value };

/** Gives [2, n]: the gradients of bias and weight. */
const sumsBackwardOp: Op<Epsilon, Arrived> = {
  name: "batchNormSumsBackward",
  lower({ inputs, outputs, attributes: { epsilon } }, to) {
    const { x, g: d_y, stats, ...slots } = to.slots(inputs);
    const y = to.output(outputs.y);
    const { n, lanes, variant, params, size, lengths } = rowsOf(x, slots.lengths, d_y, stats, y);
    const { chunks, chunkSize } = chunksOf(to.adapter, n / lanes, params.rows);
    const partials = chunks > 1 ? to.temporary([chunks, 2, n], "float32", "batch norm partials") : y;
    to.dispatch({
      kernel: kernels.batch_norm_sums_backward,
      variant,
      bind: { x, d_y, stats, lengths, partials },
      params: { ...params, chunks, chunk_size: chunkSize, epsilon },
      workgroups: linearWorkgroups((chunks * n) / lanes),
      flops: 4 * size,
    });
    if (chunks > 1) lowerReduction(to, "sum", partials, [0], y, 1);
  },
};

const batchNormBackwardOp: Op<Epsilon, Arrived & { readonly sums: Value; readonly weight?: Value | undefined }> = {
  name: "batchNormBackward",
  lower({ inputs, outputs, attributes: { epsilon } }, to) {
    const { x, g: d_y, stats, sums, weight, ...slots } = to.slots(inputs);
    const d_x = to.output(outputs.y);
    const others = [d_y, stats, sums, d_x, ...(weight ? [weight] : [])];
    const { lanes, variant, params, size, lengths } = rowsOf(x, slots.lengths, ...others);
    to.dispatch({
      kernel: kernels.batch_norm_backward,
      variant,
      bind: { x, d_y, stats, sums, weight: weight ?? x, lengths, d_x },
      params: { ...params, has_weight: weight ? 1 : 0, epsilon },
      workgroups: linearWorkgroups(size / lanes),
      flops: 9 * size,
    });
  },
};

/**
 * x [..., n], checked, by known statistics [n]; with `lengths` [batch] for x [batch, time, …, n] zeros behind them.
 */
export function normalize({ x, ...others }: Rows & Affine & Known, epsilon: number): Value {
  const rows = others.lengths ? null : permutedRows(x);
  if (rows) return permute(normalize({ x: rows.source, ...others }, epsilon), rows.order);
  return applyOne(normalizeOp, { x, ...others }, { epsilon }, x);
}

/**
 * x [..., n], checked, by its own statistics over all rows that count, and what running ones, `mean` and `variance` [n], become: the
 * mean, and the unbiased variance.
 */
export function batchNorm(
  { x, ...others }: Rows & Affine & Running,
  options: Moving,
): { readonly y: Value; readonly next: { readonly [Name in keyof Known]: Value } } {
  const rows = others.lengths ? null : permutedRows(x);
  if (rows) {
    const { y, next } = batchNorm({ x: rows.source, ...others }, options);
    return { y: permute(y, rows.order), next };
  }
  const n = featuresOf(x);
  const spec = (count: number) => ({ shape: [count, n], dtype: "float32" as const });
  const { y, next } = apply(batchNormOp, { x, ...others }, options, { y: x, stats: spec(3), next: spec(2) });
  const part = (i: number) => reshape(slice(next, 0, i, i + 1), [n]);
  return { y, next: { mean: part(0), variance: part(1) } };
}
