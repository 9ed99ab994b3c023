/** Elements picked along an axis by indices. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { requireValues } from "../../graph/arguments.ts";
import { broadcastShapes, formatShape, normalizeAxis, type Shape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/layout.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";
import { cast } from "../elementwise/cast.ts";
import { add, less, mul } from "../elementwise/elementwise.ts";
import { broadcastTo, stackAll, sum } from "../rows/reduce.ts";
import { FEW_READS, tableGradient } from "./embedding.ts";
import { permute, reshape } from "./layout.ts";

interface Take {
  readonly axis: number;
  /**
   * Leading axes that x and the indices share, where the same indices pick along all axes between them and `axis`; null where
   * the indices have x's other axes and pick element by element.
   */
  readonly batchAxes: number | null;
  /** Axes of the indices that take the place of `axis`. */
  readonly indexAxes: number;
}

/** x as [outer, n, inner] and the result as [outer, m, inner], as the kernels see them. */
function sizesOf(x: Shape, y: Shape, { axis, batchAxes, indexAxes }: Take) {
  const n = x[axis] as number;
  const m = sizeOf(y.slice(axis, axis + indexAxes));
  const inner = sizeOf(x.slice(axis + 1));
  return { n, m, inner, shared_rows: batchAxes === null ? 0 : sizeOf(x.slice(batchAxes, axis)) };
}

const takeOp: Op<Take, { readonly x: Value; readonly indices: Value }> = {
  name: "take",
  gradient: ({ inputs: { x, indices }, attributes }, { y: g }) => ({
    x: () => scatterAdd(indices, g, x.shape, attributes),
  }),
  ranges({ inputs: { x, indices }, attributes: { axis } }) {
    const n = x.shape[axis] as number;
    const remedy = "check the axis and its extent";
    return [{ input: indices, what: "take index", minimum: -n, maximum: n - 1, remedy }];
  },
  vectorize({ outputs, attributes }, inputs, stacked, length) {
    const shape = [length, ...outputs.y.shape];
    const { axis, batchAxes } = attributes;
    if (batchAxes !== 0) {
      const { x, indices } = stackAll(inputs, stacked, length);
      return { y: applyTake(x, indices, shape, inStack(attributes)) };
    }
    const { x, indices } = inputs;
    if (!stacked.indices) return { y: applyTake(x, indices, shape, { ...inStack(attributes), batchAxes: 0 }) };
    if (stacked.x) return { y: applyTake(x, indices, shape, inStack(attributes)) };
    // one x for all steps: their indices are one list, whose time axis is brought to the front
    const y = takeShared(x, indices, axis);
    return { y: permute(y, [axis, ...y.shape.map((_, i) => i).filter((i) => i !== axis)]) };
  },
  lower({ inputs, outputs, attributes }, to) {
    const { x, indices } = to.slots(inputs);
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.take_forward,
      bind: { x, indices, y },
      params: { size, ...sizesOf(x.shape, y.shape, attributes) },
      workgroups: linearWorkgroups(size),
      // of x only what is picked
      bytes: 8 * size + 4 * sizeOf(indices.shape),
    });
  },
};

/** The same with a time axis in front. */
const inStack = ({ axis, batchAxes, indexAxes }: Take): Take => ({
  axis: axis + 1,
  batchAxes: batchAxes === null ? null : batchAxes + 1,
  indexAxes,
});

const applyTake = (x: Value, indices: Value, shape: Shape, attributes: Take): Value =>
  applyOne(takeOp, { x, indices }, attributes, { shape, dtype: x.dtype });

/** From the gradient g of the result that of x. */
const takeBackwardOp: Op<Take, { readonly indices: Value; readonly g: Value }> = {
  name: "takeBackward",
  vectorize({ outputs: { y }, attributes }, inputs, stacked, length) {
    const spec = { shape: [length, ...y.shape], dtype: "float32" as const };
    return { y: applyOne(takeBackwardOp, stackAll(inputs, stacked, length), inStack(attributes), spec) };
  },
  vectorizeSum({ outputs: { y }, attributes }, { indices, g }, stacked) {
    const { shape } = y;
    const { axis, batchAxes, indexAxes } = attributes;
    if (!stacked.g) return null;
    if (!stacked.indices) return scatterAdd(indices, sum(g, 0), shape, attributes);
    if (batchAxes !== 0) return null;
    // the picks of all steps are one list
    const { shape: all } = g;
    const order = all.map((_, i) => (i < axis ? i + 1 : i === axis ? 0 : i));
    const list = sizeOf(all.slice(axis + 1, axis + 1 + indexAxes)) * (all[0] as number);
    const rows = reshape(permute(g, order), [...shape.slice(0, axis), list, ...shape.slice(axis + 1)]);
    return scatterAdd(reshape(indices, [list]), rows, shape, { axis, batchAxes: 0, indexAxes: 1 });
  },
  lower({ inputs, outputs, attributes }, to) {
    const { indices, g: d_y } = to.slots(inputs);
    const d_x = to.output(outputs.y);
    const size = sizeOf(d_x.shape);
    const sizes = sizesOf(d_x.shape, d_y.shape, attributes);
    to.dispatch({
      kernel: kernels.take_backward,
      bind: { indices, d_y, d_x },
      params: { size, ...sizes },
      workgroups: linearWorkgroups(size),
      flops: size * sizes.m,
    });
  },
};

/** The gradient of `take`'s x from that of its result: sums in a fixed order. */
function scatterAdd(indices: Value, g: Value, shape: Shape, attributes: Take): Value {
  const { axis, batchAxes } = attributes;
  const m = sizeOf(indices.shape);
  if (batchAxes !== 0 || m * sizeOf(shape) <= FEW_READS) {
    return applyOne(takeBackwardOp, { indices, g }, attributes, { shape, dtype: "float32" });
  }
  // a long list is chained by index, as an embedding's: [m, outer · inner] into a table [n, outer · inner]
  const n = shape[axis] as number;
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const fromStart = add(indices, mul(cast(less(indices, 0), "int32"), n));
  const rows = reshape(permute(reshape(g, [outer, m, inner]), [1, 0, 2]), [m, outer * inner]);
  const table = tableGradient(reshape(fromStart, [m]), rows, n);
  return reshape(permute(reshape(table, [n, outer, inner]), [1, 0, 2]), shape);
}

function takeShared(x: Value, indices: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return applyTake(x, indices, shape, { axis, batchAxes: 0, indexAxes: indices.rank });
}

function checkIndices(op: string, x: Value, indices: Value): void {
  requireValues(op, { x, indices });
  if (indices.dtype !== "int32") {
    throw new DtypeError(`${op}: indices are ${indices.dtype}, expected int32; declare them as int32, or cast them`);
  }
  if (x.rank === 0) throw new ShapeError(`${op}: x is a scalar, expected at least one axis; reshape it to [1]`);
}

/**
 * Parts of `x` picked along an axis (NumPy's `take`, ONNX's Gather): the axis is replaced by those of `indices` (int32, any
 * shape), so that x [a, n, b] and indices [i, j] give [a, i, j, b] along axis 1. Indices run from −n to n − 1, negative ones
 * from the end; inputs are checked when they are uploaded, and an index outside that is computed gives 0. The gradient adds
 * up in a fixed order.
 */
export function take(x: Value, indices: Value, axis = 0): Value {
  checkIndices("take", x, indices);
  return takeShared(x, indices, normalizeAxis("take", axis, x.rank));
}

/**
 * Elements of `x` picked along an axis, each by an index of its own (NumPy's `take_along_axis`, `torch.gather`, ONNX's
 * GatherElements): y[i, j] = x[indices[i, j], j] along axis 0. `indices` (int32) has as many axes as x; all but `axis`
 * broadcast. Indices are as in `take`.
 */
export function takeAlongAxis(x: Value, indices: Value, axis = -1): Value {
  checkIndices("takeAlongAxis", x, indices);
  if (indices.rank !== x.rank) {
    throw new ShapeError(
      `takeAlongAxis: indices have shape ${formatShape(indices.shape)}, expected as many axes as x ${formatShape(x.shape)}; use take for one list of indices`,
    );
  }
  const at = normalizeAxis("takeAlongAxis", axis, x.rank);
  const at1 = ({ shape }: Value) => shape.map((extent, i) => (i === at ? 1 : extent));
  const others = broadcastShapes("takeAlongAxis", at1(x), at1(indices));
  const along = (value: Value) => others.map((extent, i) => (i === at ? (value.shape[at] as number) : extent));
  const shape = along(indices);
  const attributes = { axis: at, batchAxes: null, indexAxes: 1 };
  return applyTake(broadcastTo(x, along(x)), broadcastTo(indices, shape), shape, attributes);
}
