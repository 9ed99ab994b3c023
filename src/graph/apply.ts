import type { Spec } from "./shape.ts";
import { type Node, type Op, Value } from "./value.ts";

/** Applies an operation whose checks are done: makes the node and its output values. */
export function apply<Attributes>(
  op: Op<Attributes>,
  inputs: readonly Value[],
  attributes: Attributes,
  specs: readonly Spec[],
): Value[] {
  const outputs: Value[] = [];
  const node: Node<Attributes> = { op, inputs, attributes, outputs };
  for (const { shape, dtype } of specs) {
    const given = dtype === "float16" && !op.givesFloat16 ? "float32" : dtype;
    outputs.push(new Value({ shape, dtype: given }, node as Node, outputs.length));
  }
  return outputs;
}

/** `apply` for operations with a single output. */
export function applyOne<Attributes>(
  op: Op<Attributes>,
  inputs: readonly Value[],
  attributes: Attributes,
  spec: Spec,
): Value {
  return apply(op, inputs, attributes, [spec])[0] as Value;
}

/**
 * Says how `value`, which was just made, was asked for, where it is computed from what lies behind `inputs`: two permutations
 * in a row are one. The values in between are still there to be differentiated for.
 */
export function shortcut<Attributes>(
  value: Value,
  op: Op<Attributes>,
  inputs: readonly Value[],
  attributes: Attributes,
): Value {
  const node: Node<Attributes> = { op, inputs, attributes, outputs: [value] };
  (value as { written: Node | null }).written = node as Node;
  return value;
}
