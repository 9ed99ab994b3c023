/** Operations whose results are elements of their inputs at other places. */
import type { Slot } from "../../graph/lowering.ts";
import { type Shape, sizeOf } from "../../graph/shape.ts";
import type { Move, Node, NodeLowering, Value } from "../../graph/value.ts";
import { lowerCopy } from "./copy.ts";

/** Elements of an input at their places in an output, whole strides of one against whole strides of the other. */
export const move = (
  extents: Shape,
  from: readonly number[],
  to: readonly number[],
  rest: Partial<Move> = {},
): Move => ({
  ...{ input: 0, output: 0, extents, from, to, fromStart: 0, toStart: 0 },
  ...rest,
});

/** All elements at their places in memory. */
export const moveWhole = ({ inputs }: Node): Move[] => [move([sizeOf((inputs[0] as Value).shape)], [1], [1])];

/** Emits a copy for each of the node's moves, which write its outputs whole. */
export function lowerMoves<A>(node: Node<A>, to: NodeLowering): void {
  const { inputs, outputs } = node;
  const slots = outputs.map((output) => to.output(output));
  for (const { input, output, extents, from, fromStart, to: into, toStart } of node.op.moves?.(node) ?? []) {
    const [x, y] = [to.slot(inputs[input] as Value), slots[output] as Slot];
    lowerCopy(to, extents, x, from, y, into, fromStart, toStart);
  }
}

/** The same where the outputs are contiguous parts of the input: no copy. */
export function lowerParts<A extends { readonly axis: number }>(node: Node<A>, to: NodeLowering): void {
  const x = node.inputs[0] as Value;
  if (sizeOf(x.shape.slice(0, node.attributes.axis)) > 1) {
    lowerMoves(node, to);
    return;
  }
  const slot = to.slot(x);
  for (const { output, fromStart } of node.op.moves?.(node) ?? []) {
    const y = node.outputs[output] as Value;
    to.alias(y, { ...slot, shape: y.shape, offset: slot.offset + fromStart });
  }
}
