/** The linear recurrence h_t = a_t · h_{t−1} + b_t over a whole sequence, parallel over time. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { apply, applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import type { AdapterProfile, Lowering, Slot } from "../../graph/lowering.ts";
import { formatShape, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/recurrent.ts";
import { checkOptions, flag } from "../../options.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { permute } from "../layout/layout.ts";
import { stackAll } from "../rows/reduce.ts";

interface LinearScan {
  /** Time runs from the last step to the first. */
  readonly reverse: boolean;
}

/** How time is cut, and how many columns a thread takes. */
export interface ScanPlan {
  readonly chunks: number;
  readonly chunkSize: number;
  readonly lanes: 1 | 4;
}

/**
 * Threads that keep an adapter busy with work that mostly waits for memory. On SwiftShader 16 columns at once were as fast
 * in one pass as in three.
 */
const ENOUGH_THREADS = { hardware: 32_768, software: 16 } as const;

/**
 * Chunks are worth their price where there are too few columns: three passes read a and b twice. With c chunks the longest
 * chain of dependent steps is 2·T/c + c, which is shortest at √(2T); more than that never pays.
 */
export function planScan(
  adapter: AdapterProfile,
  length: number,
  columns: number,
  aligned = columns % 4 === 0,
): ScanPlan {
  const enough = ENOUGH_THREADS[adapter.kind];
  const software = adapter.kind === "software";
  const threads = software && aligned ? columns / 4 : columns;
  const wanted = Math.min(Math.floor(Math.sqrt(2 * length)), Math.ceil(enough / threads));
  const chunkSize = length < 64 || wanted < 4 ? length : Math.ceil(length / wanted);
  const chunks = Math.ceil(length / chunkSize);
  // a GPU reads neighbouring scalars together anyway: there vec4 pays once threads are to spare
  const lanes = aligned && (software || (columns / 4) * chunks >= enough) ? 4 : 1;
  return { chunks, chunkSize, lanes };
}

const named = (lanes: number, base = "default") => (lanes === 1 ? base : base === "default" ? "vec4" : `${base}_vec4`);

/**
 * Emits the first two passes. Gives the state at the start of each chunk [chunks, columns]; where there is one chunk, that
 * is `initial` itself, or undefined for zeros.
 */
function lowerStarts(
  to: Lowering,
  { chunks, chunkSize, lanes }: ScanPlan,
  { seq_len, columns, reverse }: { seq_len: number; columns: number; reverse: number },
  { a, b, initial, gradient }: { a: Slot; b: Slot; initial: Slot | undefined; gradient: boolean },
): Slot | undefined {
  if (chunks === 1) return initial;
  const room = (name: string, rows: number) => to.temporary([rows, columns], "float32", `scan ${name}`);
  const [factors, shifts, starts] = [room("factors", chunks - 1), room("shifts", chunks - 1), room("starts", chunks)];
  to.dispatch({
    kernel: kernels.linear_scan_chunks,
    variant: named(lanes, gradient ? "gradient" : "default"),
    bind: { a, b, factors, shifts },
    params: { seq_len, columns, chunks, chunk_size: chunkSize, reverse },
    workgroups: linearWorkgroups(((chunks - 1) * columns) / lanes),
    flops: 3 * (chunks - 1) * chunkSize * columns,
  });
  to.dispatch({
    kernel: kernels.linear_scan_starts,
    variant: named(lanes),
    bind: { factors, shifts, initial: initial ?? factors, starts },
    params: { columns, chunks, has_initial: initial ? 1 : 0 },
    workgroups: linearWorkgroups(columns / lanes),
    flops: 2 * chunks * columns,
  });
  return starts;
}

const aligned = (columns: number, slots: readonly Slot[]) =>
  columns % 4 === 0 && slots.every(({ offset }) => offset % 4 === 0);

/** a and b [T, ...], h0 [...] */
type LinearScanInputs = { readonly a: Value; readonly b: Value; readonly h0: Value };

/** Gives h [T, ...]. */
const linearScanOp: Op<LinearScan, LinearScanInputs> = {
  name: "linearScan",
  gradient({ inputs: { a, b, h0 }, outputs: { y: h }, attributes }, { y: g }) {
    return apply(linearScanBackwardOp, { a, g, h, h0 }, attributes, { a, b, h0 });
  },
  vectorize({ attributes, outputs: { y } }, inputs, stacked, length) {
    // columns are independent, so the outer time axis only makes more of them
    const inner = (x: Value) => [1, 0, ...x.shape.slice(2).map((_, axis) => axis + 2)];
    const { a, b, h0 } = stackAll(inputs, stacked, length);
    const { shape } = y;
    const spec = { shape: [shape[0] as number, length, ...shape.slice(1)], dtype: "float32" as const };
    const steps = { a: permute(a, inner(a)), b: permute(b, inner(b)), h0 };
    const h = applyOne(linearScanOp, steps, attributes, spec);
    return { y: permute(h, inner(h)) };
  },
  lower({ inputs, outputs, attributes }, to) {
    const { a, b, h0 } = to.slots(inputs);
    const h = to.output(outputs.y);
    const [length, columns] = [h.shape[0] as number, sizeOf(h0.shape)];
    const plan = planScan(to.adapter, length, columns, aligned(columns, [a, b, h0, h]));
    const problem = { seq_len: length, columns, reverse: attributes.reverse ? 1 : 0 };
    const starts = lowerStarts(to, plan, problem, { a, b, initial: h0, gradient: false }) as Slot;
    to.dispatch({
      kernel: kernels.linear_scan_forward,
      variant: named(plan.lanes),
      bind: { a, b, starts, h },
      params: { ...problem, chunks: plan.chunks, chunk_size: plan.chunkSize },
      workgroups: linearWorkgroups((plan.chunks * columns) / plan.lanes),
      flops: 2 * length * columns,
    });
  },
};

/** From g, the gradient of h, those of a, b and h0. */
const linearScanBackwardOp: Op<
  LinearScan,
  { readonly a: Value; readonly g: Value; readonly h: Value; readonly h0: Value },
  LinearScanInputs
> = {
  name: "linearScanBackward",
  lower({ inputs, outputs, attributes }, to) {
    const { a, g, h, h0 } = to.slots(inputs);
    const { a: d_a, b: d_b, h0: d_h0 } = to.rooms(outputs);
    const [length, columns] = [h.shape[0] as number, sizeOf(h0.shape)];
    const plan = planScan(to.adapter, length, columns, aligned(columns, [a, g, h, h0, d_a, d_b, d_h0]));
    // against the direction of the recurrence
    const problem = { seq_len: length, columns, reverse: attributes.reverse ? 0 : 1 };
    const starts = lowerStarts(to, plan, problem, { a, b: g, initial: undefined, gradient: true });
    to.dispatch({
      kernel: kernels.linear_scan_backward,
      variant: named(plan.lanes),
      bind: { a, g, h, h0, starts: starts ?? h0, d_a, d_b, d_h0 },
      params: { ...problem, chunks: plan.chunks, chunk_size: plan.chunkSize },
      workgroups: linearWorkgroups((plan.chunks * columns) / plan.lanes),
      flops: 3 * length * columns,
    });
  },
};

/** Options of `linearScan`. */
export interface LinearScanOptions {
  /** Time runs from the last step to the first: h_t = a_t · h_{t+1} + b_t, starting from h0 behind the end. */
  readonly reverse?: boolean;
}

/**
 * h_t = a_t · h_{t−1} + b_t elementwise, with h_{−1} = h0: `a` and `b` [T, ...], `h0` [...] → h [T, ...], every step's
 * state. One or three dispatches however long the sequence is, forward and again backward: chunks of time are composed to
 * affine maps, one thread per column goes over the chunks, and each chunk then runs from its start. Made for 0 ≤ a ≤ 1,
 * where it is as accurate as the loop; products of larger factors may overflow as they do in any order.
 */
export function linearScan(a: Value, b: Value, h0: Value, options: LinearScanOptions = {}): Value {
  checkOptions("linearScan", options, { reverse: flag });
  requireValues("linearScan", { a, b, h0 });
  const { reverse = false } = options;
  for (const [name, value] of Object.entries({ a, b, h0 })) {
    if (value.dtype !== "float32") throw new DtypeError(`linearScan: ${name} is ${value.dtype}, expected float32`);
  }
  if (a.rank === 0 || !sameShape(a.shape, b.shape) || !sameShape(a.shape.slice(1), h0.shape)) {
    throw new ShapeError(
      `linearScan: a ${formatShape(a.shape)}, b ${formatShape(b.shape)} and h0 ${formatShape(h0.shape)} do not fit, expected [time, ...] for a and b and the same without time for h0; use broadcastTo`,
    );
  }
  return applyOne(linearScanOp, { a, b, h0 }, { reverse }, a);
}
