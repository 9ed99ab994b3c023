import type { Op } from "./op.ts";
import { checkShape, type DType, type Shape, type Spec } from "./shape.ts";

let nextId = 0;

/**
 * A symbolic tensor: what an operation will give, known by shape and element type only. Values are immutable and link to
 * what they are computed from, so a graph is simply everything reachable from its outputs.
 */
export class Value implements Spec {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Grows with creation, so sorting by it is a topological order. */
  readonly id: number = nextId++;
  /** How it was asked for, where `node` computes it from something behind the operands; see `shortcut`. */
  readonly written: Node | null = null;

  constructor(
    spec: Spec,
    /** The operation that computes it; a leaf (input, parameter, constant, loop placeholder) has none. */
    readonly node: Node | null = null,
    /** Which of the node's outputs it is. */
    readonly index = 0,
  ) {
    this.shape = spec.shape;
    this.dtype = spec.dtype;
  }

  get rank(): number {
    return this.shape.length;
  }
}

/** One application of an operation. */
export interface Node<Attributes = unknown> {
  readonly op: Op<Attributes>;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

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

/** Values made from here on have this id or a larger one. */
export const nextValueId = (): number => nextId;

/** Data that comes from outside at every run. */
export class InputValue extends Value {
  /** What all elements are where it is left out; undefined where it must be given. */
  readonly default: number | undefined;

  constructor(
    readonly name: string,
    spec: Spec & { readonly default?: number | undefined },
  ) {
    checkShape(`input ${name}`, spec.shape);
    super(spec);
    this.default = spec.default;
  }
}

/** Data fixed when the graph is traced; uploaded once. */
export class ConstantValue extends Value {
  constructor(
    readonly data: Float32Array | Int32Array | Uint32Array,
    spec: Spec,
  ) {
    super(spec);
  }
}
