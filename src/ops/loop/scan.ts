import { ArgumentError, DtypeError, ShapeError, UnsupportedError } from "../../errors.ts";
import { callTree } from "../../graph/called.ts";
import { everyDefinition, olderThan, reachableNodes } from "../../graph/order.ts";
import { formatShape, sameShape } from "../../graph/shape.ts";
import { flatten, type Symbolic, type Tree, unflatten } from "../../graph/tree.ts";
import { nextValueId, Value } from "../../graph/value.ts";
import { checkArgument, checkOptions, count, flag, fn, required, show } from "../../options.ts";
import { inLoop, type LoopPart } from "../dispatch/random-stream.ts";
import { concat, split, view } from "../layout/layout.ts";
import { checkpointWith } from "./checkpoint.ts";
import { runLoop } from "./scan-op.ts";

/** Options of `scan`. */
export interface ScanOptions {
  /** Run from the last step to the first; outputs keep their places in time. */
  readonly reverse?: boolean;
  /**
   * Keep the carry only after every so many steps, and compute the steps between again in the backward pass: memory for
   * T / k + k steps rather than T. The square root of T is a good choice (Chen et al. 2016).
   */
  readonly checkpointEvery?: number;
}

/**
 * Runs a cell over time. `xs` holds values [T, ...] (a value, or arrays and records of them); `initial` holds the carry;
 * `cell(carry, x)` is called **once**, to trace one step, and gives `[next carry, output]`, both of any such form (an
 * output may be null). Returns `[final carry, outputs [T, ...]]`, in the cell's own order.
 *
 * What in the cell does not depend on the carry is computed for all steps at once, before or after the loop; the backward
 * pass runs the steps in reverse, and weight gradients become one matmul over all steps. `dropout` and `randomUniform` in the
 * cell draw anew at every step; apply them outside to what all steps share.
 *
 * @example
 * ```ts
 * import { add, type Value, scan } from "seqgrad";
 *
 * // sums up to each time: xs [time, batch, features], zero [batch, features]
 * const runningSums = (xs: Value, zero: Value) => {
 *   const [total, sums] = scan(xs, zero, (sum, x) => {
 *     const next = add(sum, x);
 *     return [next, next];
 *   });
 *   return { total, sums };
 * };
 * ```
 */
export function scan<X extends Tree, C extends Tree, Y extends Tree>(
  xs: X,
  initial: C,
  cell: (carry: Symbolic<C>, x: Symbolic<X>) => readonly [Symbolic<C>, Y],
  options: ScanOptions = {},
): [final: Symbolic<C>, outputs: Symbolic<Y>] {
  checkOptions("scan", options, { reverse: flag, checkpointEvery: count });
  checkArgument("scan", "cell", cell, required(fn));
  const { reverse = false, checkpointEvery } = options;
  const [stackedXs, initials] = [flatten(xs), flatten(initial)];
  const length = stackedXs[0]?.shape[0];
  if (length === undefined) {
    throw new ShapeError("scan: xs holds no value with a time axis, expected at least one of shape [T, ...]");
  }
  for (const x of stackedXs) {
    if (x.shape[0] !== length) {
      throw new ShapeError(`scan: xs have ${length} and ${x.shape[0]} steps, expected equal extents of the first axis`);
    }
  }
  if (initials.length === 0) {
    throw new UnsupportedError(
      "scan: the carry is empty, expected at least one value; without one, apply the cell to all steps at once",
    );
  }
  if (checkpointEvery !== undefined && checkpointEvery < length) {
    return scanInSegments(xs, initial, cell, reverse, checkpointEvery);
  }
  return scanPart(xs, initial, cell, reverse, { start: 0, total: length });
}

/** A loop over `xs`, which hold the whole of it or a part; the part tells its steps what they draw. */
export function scanPart<X extends Tree, C extends Tree, Y extends Tree>(
  xs: X,
  initial: C,
  cell: (carry: Symbolic<C>, x: Symbolic<X>) => readonly [Symbolic<C>, Y],
  reverse: boolean,
  part: LoopPart,
): [final: Symbolic<C>, outputs: Symbolic<Y>] {
  const [stackedXs, initials] = [flatten(xs), flatten(initial)];
  const length = (stackedXs[0] as Value).shape[0] as number;
  const before = olderThan(nextValueId());
  const steps = stackedXs.map((stacked) => ({
    placeholder: new Value({ shape: stacked.shape.slice(1), dtype: stacked.dtype }),
    stacked,
  }));
  const carries = initials.map((value) => new Value(value));
  const step = unflatten(
    xs,
    steps.map(({ placeholder }) => placeholder),
  );
  const state = unflatten(initial, carries);
  callTree(state);
  callTree(step);
  const [next, output] = pairOf(inLoop(part, () => cell(state, step)));
  const nexts = flatten(next);
  callTree(next);
  callTree(output);
  checkCarry(initials, nexts);
  const carry = carries.map((placeholder, i) => ({
    placeholder,
    initial: initials[i] as Value,
    next: nexts[i] as Value,
  }));
  const { finals, stacked } = runLoop(
    { name: cell.name, length, total: part.total, reverse, carry, xs: steps },
    flatten(output),
    [],
  );
  return [unflatten(initial, finals), unflatten(output, apart(stacked, finals, before))];
}

/**
 * The outputs as values of their own, with gradients of their own: one may be an input, given twice, or read by the loop or by
 * another output.
 */
function apart(values: readonly Value[], finals: readonly Value[], before: ReturnType<typeof olderThan>): Value[] {
  const nodes = reachableNodes([...values, ...finals], before, everyDefinition);
  const shared = new Set(nodes.flatMap(({ operands }) => operands));
  values.forEach((value, i) => {
    if (before.has(value) || values.indexOf(value) < i) shared.add(value);
  });
  return values.map((value) => (shared.has(value) ? view(value) : value));
}

/** One scan for each segment of `size` steps, whose inner values are computed again for its gradient. */
function scanInSegments<X extends Tree, C extends Tree, Y extends Tree>(
  xs: X,
  initial: C,
  cell: (carry: Symbolic<C>, x: Symbolic<X>) => readonly [Symbolic<C>, Y],
  reverse: boolean,
  size: number,
): [final: Symbolic<C>, outputs: Symbolic<Y>] {
  const all = flatten(xs);
  const length = (all[0] as Value).shape[0] as number;
  const starts = Array.from({ length: Math.ceil(length / size) }, (_, i) => i * size);
  if (reverse) starts.reverse();
  let carry = unflatten(initial, flatten(initial));
  const sizes = [...starts].sort((a, b) => a - b).map((start) => Math.min(size, length - start));
  const parts = all.map((x) => split(x, sizes));
  // every segment draws from the streams of the first
  const streams: object[] = [];
  const pieces: { start: number; outputs: Value[] }[] = [];
  let form: Symbolic<Y> | undefined;
  for (const start of starts) {
    const part = unflatten(
      xs,
      parts.map((list) => list[start / size] as Value),
    );
    const run = (from: Symbolic<C>, over: Symbolic<X>) =>
      scanPart<X, C, Y>(over as X, from as unknown as C, cell, reverse, { start, total: length });
    const [next, outputs] = checkpointWith(streams, run, carry, part) as [Symbolic<C>, Symbolic<Y>];
    carry = next;
    form = outputs;
    pieces.push({ start, outputs: flatten(outputs) });
  }
  pieces.sort((a, b) => a.start - b.start);
  const joined = (pieces[0]?.outputs ?? []).map((_, i) =>
    concat(
      pieces.map(({ outputs }) => outputs[i] as Value),
      0,
    ),
  );
  return [carry, unflatten(form as Tree, joined) as Symbolic<Y>];
}

function pairOf<C, Y>(result: readonly [C, Y]): readonly [C, Y] {
  if (Array.isArray(result) && result.length === 2) return result;
  throw new ArgumentError(`scan: the cell returns ${show(result)}, expected [carry, output]; output may be null`);
}

function checkCarry(initials: readonly Value[], nexts: readonly Value[]): void {
  if (initials.length !== nexts.length) {
    throw new ShapeError(
      `scan: the cell returns a carry of ${nexts.length} values, expected ${initials.length} as in the initial carry; return [carry, output]`,
    );
  }
  initials.forEach((initial, i) => {
    const next = nexts[i] as Value;
    if (!sameShape(initial.shape, next.shape)) {
      throw new ShapeError(
        `scan: carry ${i} changes from ${formatShape(initial.shape)} to ${formatShape(next.shape)}, expected the same shape at every step; check the initial state's batch and hidden size`,
      );
    }
    if (initial.dtype !== next.dtype || initial.dtype !== "float32") {
      throw new DtypeError(`scan: carry ${i} goes from ${initial.dtype} to ${next.dtype}, expected float32`);
    }
  });
}
