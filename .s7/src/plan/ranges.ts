import type { IndexRange } from "../graph/op.ts";
import { InputValue, type Node, type Value } from "../graph/value.ts";

/**
 * Ranges of the int32 inputs that pick entries (of an embedding table, of classes) or count steps: they are checked when
 * they are uploaded, because a kernel cannot report a bad index.
 */
export function inputRanges(nodes: readonly Node[]): Map<Value, IndexRange> {
  const ranges = new Map<Value, IndexRange>();
  for (const node of nodes) {
    for (const { input, ...range } of node.op.ranges?.(node) ?? []) {
      let source = node.inputs[input];
      while (source?.node && MOVES.has(source.node.op.name)) source = source.node.inputs[0];
      if (!(source instanceof InputValue)) continue;
      const known = ranges.get(source);
      if (!known || range.maximum < known.maximum) ranges.set(source, range);
    }
  }
  return ranges;
}

/** Operations that pass values on unchanged. */
const MOVES = new Set(["permute", "reshape", "slice", "split", "flip", "stopGradient"]);
