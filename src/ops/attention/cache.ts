/** Caches of keys and values for inference: tensors with room for `capacity` positions, filled from the front. */

import { DtypeError, ShapeError } from "../../errors.ts";
import { applyOne } from "../../graph/apply.ts";
import { allowValues, requireValues } from "../../graph/arguments.ts";
import { float32, formatShape, type Spec, sameShape, sizeOf } from "../../graph/shape.ts";
import type { Op, Value } from "../../graph/value.ts";
import * as kernels from "../../kernels/generated/layout.ts";
import { checkArgument, checkOptions, count, integer, required } from "../../options.ts";
import { linearWorkgroups } from "../dispatch/workgroups.ts";

/** Sizes of a cache of keys or values, for `cacheSpec`. */
export interface CacheSizes {
  /** Sequences side by side. */
  readonly batch: number;
  /** Heads of keys and values. */
  readonly kvHeads: number;
  /** Positions that there is room for. */
  readonly capacity: number;
  /** Features of a head. */
  readonly dim: number;
}

/** float32 [batch, kvHeads, capacity, dim], with dim up to the next multiple of 8, which the attention kernels want. */
export function cacheSpec(sizes: CacheSizes): Spec {
  const each = required(count);
  checkOptions("cacheSpec", sizes, { batch: each, kvHeads: each, capacity: each, dim: each });
  const { batch, kvHeads, capacity, dim } = sizes;
  return float32([batch, kvHeads, capacity, Math.ceil(dim / 8) * 8]);
}

const cacheWriteOp: Op<null, { readonly cache: Value; readonly x: Value; readonly position: Value }> = {
  name: "cacheWrite",
  ranges: ({ inputs: { cache, x, position } }) => [
    {
      input: position,
      what: "cacheWrite position",
      minimum: 0,
      maximum: (cache.shape[2] as number) - (x.shape[2] as number),
      remedy: "make the cache with a larger capacity, or trim what is in it",
    },
  ],
  lower({ inputs, outputs }, to) {
    const [x, position] = [to.slot(inputs.x), to.slot(inputs.position)];
    const y = to.overwrite(inputs.cache, outputs.y);
    const [, heads, capacity, cacheWidth] = y.shape as [number, number, number, number];
    const [, , count, width] = x.shape as [number, number, number, number];
    const size = (sizeOf(x.shape) / width) * cacheWidth;
    to.dispatch({
      kernel: kernels.cache_write,
      bind: { x, position, cache: y },
      params: { size, heads, count, width, capacity, cache_width: cacheWidth },
      workgroups: linearWorkgroups(size),
      bytes: 8 * size,
    });
  },
};

/**
 * `cache` [batch, kvHeads, capacity, dim] with the rows of `x` [batch, kvHeads, n, dim or fewer] at `position` (int32
 * [batch]) and behind it; features that x lacks are 0. Where `cache` is a leaf of a State it is written in place: from then
 * on only the result may be read. Positions are checked where they are uploaded; what a program computes is not, and rows
 * past the capacity are then left out.
 */
export function cacheWrite(cache: Value, x: Value, position: Value): Value {
  requireValues("cacheWrite", { cache, x, position });
  for (const [name, value] of Object.entries({ cache, x })) {
    if (value.dtype !== "float32") throw new DtypeError(`cacheWrite: ${name} is ${value.dtype}, expected float32`);
  }
  if (cache.rank !== 4) {
    throw new ShapeError(
      `cacheWrite: cache has shape ${formatShape(cache.shape)}, expected [batch, kvHeads, capacity, dim]; make its spec with cacheSpec`,
    );
  }
  const [batch, heads, capacity, dim] = cache.shape as [number, number, number, number];
  const [, , count = 0, width = 0] = x.shape;
  if (!sameShape(x.shape, [batch, heads, count, width]) || width > dim) {
    throw new ShapeError(
      `cacheWrite: x has shape ${formatShape(x.shape)}, expected batch and heads of the cache and at most its features, [${batch}, ${heads}, n, ≤ ${dim}]`,
    );
  }
  if (count > capacity) {
    throw new ShapeError(
      `cacheWrite: ${count} positions, expected at most the cache's capacity ${capacity}; make a larger cache or write fewer at once`,
    );
  }
  requireInts("cacheWrite", "position", position, batch);
  return applyOne(cacheWriteOp, { cache, x, position }, null, cache);
}

const cachePositionsOp: Op<{ readonly first: number }, { readonly lengths: Value }> = {
  name: "cachePositions",
  lower({ inputs, outputs, attributes: { first } }, to) {
    const y = to.output(outputs.y);
    const size = sizeOf(y.shape);
    to.dispatch({
      kernel: kernels.cache_positions,
      bind: { lengths: to.slot(inputs.lengths), y },
      params: { size, count: size / (y.shape[0] as number), first },
      workgroups: linearWorkgroups(size),
    });
  },
};

/** Positions of the next n tokens of each sequence, int32 [batch, n], from the tokens there, `lengths` int32 [batch]. */
export function cachePositions(lengths: Value, n: number): Value {
  requireValues("cachePositions", { lengths });
  checkArgument("cachePositions", "n", n, required(count));
  requireInts("cachePositions", "lengths", lengths);
  return applyOne(
    cachePositionsOp,
    { lengths },
    { first: 0 },
    { shape: [lengths.shape[0] as number, n], dtype: "int32" },
  );
}

/** Lengths after n more tokens. */
export function advanceLengths(lengths: Value, n: number): Value {
  requireValues("advanceLengths", { lengths });
  checkArgument("advanceLengths", "n", n, required(integer));
  requireInts("advanceLengths", "lengths", lengths);
  return applyOne(cachePositionsOp, { lengths }, { first: n }, lengths);
}

type Reordered = { readonly x: Value; readonly parents: Value; readonly lengths?: Value | undefined };

const cacheReorderOp: Op<null, Reordered> = {
  name: "cacheReorder",
  ranges: ({ inputs: { x, parents } }) => [
    {
      input: parents,
      what: "parent sequence",
      minimum: 0,
      maximum: (x.shape[0] as number) - 1,
      remedy: "parents are numbers of sequences of the batch",
    },
  ],
  lower({ inputs: { x, ...rest }, outputs }, to) {
    const { parents, lengths } = to.slots(rest);
    const y = to.overwrite(x, outputs.y);
    const [batch, heads = 1, capacity = 1, width = 1] = y.shape as readonly number[] as [number, ...number[]];
    const held = to.temporary(y.shape, y.dtype, "reordered");
    const size = sizeOf(y.shape);
    const params = { size, batch_size: batch, heads, capacity, width, has_lengths: lengths ? 1 : 0 };
    const shared = { parents, lengths: lengths ?? parents };
    const workgroups = linearWorkgroups(size);
    to.dispatch({ kernel: kernels.cache_reorder, bind: { x: y, y: held, ...shared }, params, workgroups });
    to.dispatch({
      kernel: kernels.cache_reorder,
      variant: "back",
      bind: { x: held, y, ...shared },
      params,
      workgroups,
    });
  },
};

/**
 * x [batch] or [batch, kvHeads, capacity, dim] with row `parents[b]` (int32 [batch]) in place of each row b; with `lengths`
 * (int32 [batch], of the rows before) only the positions that are filled are moved. In place where x is a leaf of a State.
 */
export function cacheReorder(x: Value, parents: Value, lengths?: Value): Value {
  requireValues("cacheReorder", { x, parents });
  allowValues("cacheReorder", { lengths });
  if (x.rank !== 1 && x.rank !== 4) {
    throw new ShapeError(
      `cacheReorder: x has shape ${formatShape(x.shape)}, expected [batch] or [batch, kvHeads, capacity, dim]`,
    );
  }
  const batch = x.shape[0] as number;
  requireInts("cacheReorder", "parents", parents, batch);
  if (lengths) requireInts("cacheReorder", "lengths", lengths, batch);
  return applyOne(cacheReorderOp, { x, parents, lengths }, null, x);
}

/** Checks a value with an integer for each sequence. */
export function requireInts(op: string, name: string, value: Value, batch = value.shape[0] ?? 0): void {
  if (value.dtype !== "int32") {
    throw new DtypeError(`${op}: ${name} is ${value.dtype}, expected int32; declare it as int32([batch])`);
  }
  if (!sameShape(value.shape, [batch])) {
    throw new ShapeError(
      `${op}: ${name} has shape ${formatShape(value.shape)}, expected one number for each sequence, [batch]${batch ? ` = [${batch}]` : ""}`,
    );
  }
}
