/** Operations whose results are elements of their inputs at other places. */
import type { Slot } from "../../graph/lowering.ts";
import { type Shape, sizeOf } from "../../graph/shape.ts";
import type { Move, Node, NodeLowering, Single, Value } from "../../graph/value.ts";
import { lowerCopy } from "./copy.ts";

/** What operations that move one tensor take. */
export type Moved = { readonly x: Value };

/** Elements of `input` at their places in `output`, whole strides of one against whole strides of the other. */
export const move = (
  input: Value,
  output: Value,
  extents: Shape,
  from: readonly number[],
  to: readonly number[],
  { fromStart = 0, toStart = 0 } = {},
): Move => ({ input, output, extents, from, to, fromStart, toStart });

/** All elements at their places in memory. */
export const moveWhole = ({ inputs: { x }, outputs: { y } }: Node<unknown, Moved, Single>): Move[] => [
  move(x, y, [sizeOf(x.shape)], [1], [1]),
];

/** Emits a copy for each of the node's moves, which write its outputs whole. */
export function lowerMoves<A, I, O>(node: Node<A, I, O>, to: NodeLowering): void {
  const rooms = new Map<Value, Slot>(node.results.map((output) => [output, to.output(output)]));
  for (const { input, output, extents, from, fromStart, to: into, toStart } of node.op.moves?.(node) ?? []) {
    lowerCopy(to, extents, to.slot(input), from, rooms.get(output) as Slot, into, fromStart, toStart);
  }
}

/** The same where the outputs are contiguous parts of the input: no copy. */
export function lowerParts<A extends { readonly axis: number }, O>(node: Node<A, Moved, O>, to: NodeLowering): void {
  const { x } = node.inputs;
  if (sizeOf(x.shape.slice(0, node.attributes.axis)) > 1) {
    lowerMoves(node, to);
    return;
  }
  const slot = to.slot(x);
  for (const { output, fromStart } of node.op.moves?.(node) ?? []) {
    to.alias(output, { ...slot, shape: output.shape, offset: slot.offset + fromStart });
  }
}
