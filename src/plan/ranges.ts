import { InputValue, type Node, type Value } from "../graph/value.ts";
import { embeddingOp } from "../ops/embedding.ts";
import { permuteOp } from "../ops/layout.ts";
import { crossEntropyOp } from "../ops/softmax.ts";

export interface IndexRange {
  readonly op: string;
  readonly limit: number;
}

/**
 * Which int32 inputs pick entries (of an embedding table, of classes), and of how many: they are checked when they are
 * uploaded, because a kernel cannot report a bad index.
 */
export function inputRanges(nodes: readonly Node[]): Map<Value, IndexRange> {
  const ranges = new Map<Value, IndexRange>();
  const note = (indices: Value, op: string, limit: number) => {
    let source = indices;
    while (source.node && MOVES.has(source.node.op.name)) source = source.node.inputs[0] as Value;
    const known = ranges.get(source);
    if (source instanceof InputValue && (!known || limit < known.limit)) ranges.set(source, { op, limit });
  };
  for (const { op, inputs } of nodes) {
    const [first, second] = inputs as [Value, Value];
    if (op === embeddingOp) note(first, "embedding", second.shape[0] as number);
    if (op === crossEntropyOp) note(second, "crossEntropy", first.shape.at(-1) as number);
  }
  return ranges;
}

/** Operations that pass values on unchanged. */
const MOVES = new Set([permuteOp.name, "reshape", "slice", "flip", "stopGradient"]);
