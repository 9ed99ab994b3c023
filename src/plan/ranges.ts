import { InputValue } from "../graph/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { IndexRange, Move, Node, Value } from "../graph/value.ts";
import type { InputRange } from "./program.ts";

/** Elements of a value, 1 for each that is meant; all of them where undefined. */
type Where = Uint8Array | undefined;

/** Values of a loop's or checkpoint's body, and what stands for them outside. */
type Bindings = ReadonlyMap<Value, Value>;

/**
 * Ranges of the int32 inputs that pick entries (of an embedding table, of classes) or count steps: they are checked when
 * they are uploaded, because a kernel cannot report a bad index. A range holds for those elements alone that get to who asks.
 */
export function inputRanges(nodes: readonly Node[]): Map<Value, InputRange[]> {
  const ranges = new Map<Value, InputRange[]>();
  const visit = (list: readonly Node[], bindings: Bindings) => {
    for (const node of list) {
      for (const { input, ...range } of node.op.ranges?.(node) ?? []) {
        for (const [source, where] of origins(input, bindings)) {
          ranges.set(source, withRange(ranges.get(source) ?? [], range, where));
        }
      }
      const body = node.op.body?.(node);
      if (body) visit(body.nodes, new Map([...bindings, ...body.bindings]));
    }
  };
  visit(nodes, new Map());
  return ranges;
}

/** The inputs of the program that a value's elements come from, and which elements of them. */
function origins(value: Value, bindings: Bindings): [InputValue, Where][] {
  const found: [InputValue, Where][] = [];
  const stack: [Value, Where][] = [[value, undefined]];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [current, where] = next;
    const outside = bindings.get(current);
    const { node } = current;
    if (outside) stack.push([outside, everyStep(where, outside, current)]);
    else if (current instanceof InputValue) found.push([current, where]);
    else if (node?.op.moves) {
      for (const move of node.op.moves(node)) {
        if (move.output !== current) continue;
        const moved = beforeMove(move, where, sizeOf(move.input.shape));
        if (moved !== null) stack.push([move.input, moved]);
      }
    }
  }
  return found;
}

/** What was moved to `where`; null where that is nothing. */
function beforeMove({ extents, from, fromStart, to, toStart }: Move, where: Where, size: number): Where | null {
  const isWhole = sizeOf(extents) === size && from.every((stride) => stride !== 0);
  if (!where && isWhole) return undefined;
  const before = new Uint8Array(size);
  const counter = extents.map(() => 0);
  let [x, y, any] = [fromStart, toStart, false];
  for (let i = sizeOf(extents); i > 0; i--) {
    if (!where || where[y]) {
      before[x] = 1;
      any = true;
    }
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      counter[axis] = (counter[axis] as number) + 1;
      x += from[axis] as number;
      y += to[axis] as number;
      const extent = extents[axis] as number;
      if ((counter[axis] as number) < extent) break;
      x -= extent * (from[axis] as number);
      y -= extent * (to[axis] as number);
      counter[axis] = 0;
    }
  }
  return any ? before : null;
}

/** The same elements of each step's slice; of what is no slice, the same elements. */
function everyStep(where: Where, stacked: Value, slice: Value): Where {
  if (!where) return undefined;
  const all = new Uint8Array(sizeOf(stacked.shape));
  for (let start = 0; start < all.length; start += sizeOf(slice.shape)) all.set(where, start);
  return all;
}

/** The ranges with one more, but for those that others imply. */
function withRange(known: readonly InputRange[], range: IndexRange, where: Where): InputRange[] {
  const lowest = ({ minimum = Number.NEGATIVE_INFINITY }: IndexRange) => minimum;
  const implies = (a: InputRange, b: InputRange) =>
    a.maximum <= b.maximum &&
    lowest(a) >= lowest(b) &&
    (a.except === undefined || a.except === b.except || (a.except <= b.maximum && a.except >= lowest(b))) &&
    (!a.where || (b.where?.every((x, i) => !x || a.where?.[i]) ?? false));
  const added: InputRange = where && !where.every(Boolean) ? { ...range, where } : range;
  if (known.some((other) => implies(other, added))) return [...known];
  return [...known.filter((other) => !implies(added, other)), added];
}
