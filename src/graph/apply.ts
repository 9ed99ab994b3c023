import { inPlaces, listOf } from "./named.ts";
import type { Spec } from "./shape.ts";
import { noteSource } from "./source.ts";
import { type Each, type Named, type Node, type Op, Value } from "./value.ts";

/** Applies an operation whose checks are done: makes the node and its outputs, of which `specs` says what they are. */
export function apply<Attributes, Inputs, Outputs>(
  op: Op<Attributes, Inputs, Outputs>,
  inputs: Inputs,
  attributes: Attributes,
  specs: Each<Outputs, Spec>,
): Outputs {
  const node = { op, inputs, attributes, operands: listOf(inputs as Named) } as unknown as Node;
  const outputs = inPlaces(specs as Readonly<Record<string, Spec>>, (spec) => outputOf(node, spec)) as Named;
  Object.assign(node, { outputs, results: listOf(outputs) });
  noteSource(node);
  return outputs as Outputs;
}

function outputOf(node: Node, { shape, dtype }: Spec): Value {
  return new Value({ shape, dtype: dtype === "float16" && !node.op.givesFloat16 ? "float32" : dtype }, node);
}

/** One more output, behind the others and last in `row`, one of the node's own; only before anything is lowered. */
export function addOutput(node: Node, row: readonly Value[], spec: Spec): Value {
  const output = outputOf(node, spec);
  for (const list of [row, node.results]) (list as Value[]).push(output);
  return output;
}

/** `apply` for operations with a single output. */
export const applyOne = <Attributes, Inputs>(
  op: Op<Attributes, Inputs>,
  inputs: Inputs,
  attributes: Attributes,
  spec: Spec,
): Value => apply(op, inputs, attributes, { y: spec }).y;

/**
 * Says how `value`, which was just made, was asked for, where it is computed from what lies behind `inputs`: two permutations
 * in a row are one. The values in between are still there to be differentiated for.
 */
export function shortcut<Attributes, Inputs extends Named>(
  value: Value,
  op: Op<Attributes, Inputs>,
  inputs: Inputs,
  attributes: Attributes,
): Value {
  const node = { op, inputs, attributes, outputs: { y: value }, operands: listOf(inputs), results: [value] };
  (value as { written: Node | null }).written = node as unknown as Node;
  noteSource(node as unknown as Node);
  return value;
}

/** The node that computes a value, where it is one of this operation. */
export const nodeOf = <A, I, O>(op: Op<A, I, O>, { node }: Value): Node<A, I, O> | undefined =>
  (node?.op as object | undefined) === op ? (node as unknown as Node<A, I, O>) : undefined;
