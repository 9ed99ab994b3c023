/** What a graph is made of: values, the nodes that compute them, and the operations that nodes apply. */
import type { Lowering, Slot } from "./lowering.ts";
import type { DType, Shape, Spec } from "./shape.ts";

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

/** Values made from here on have this id or a larger one. */
export const nextValueId = (): number => nextId;

/** One application of an operation. */
export interface Node<Attributes = unknown> {
  readonly op: Op<Attributes>;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

/** A kind of operation: how it is differentiated, moved out of a loop, and turned into kernel dispatches. */
export interface Op<Attributes = unknown> {
  readonly name: string;
  /** Outputs may be float16. Those of other operations are float32 where a spec, taken over from an input, says float16. */
  readonly givesFloat16?: boolean;
  /**
   * Gradients with respect to the inputs, given those with respect to the outputs (undefined: nothing flows there).
   * `needed[i]` says whether anyone asks for input i. An op without this rule is not differentiable.
   */
  gradient?(
    node: Node<Attributes>,
    outputGradients: readonly (Value | undefined)[],
    needed: readonly boolean[],
  ): readonly (Value | undefined)[];
  /**
   * The same operation for all time steps at once. `inputs[i]` has a leading time axis where `stacked[i]` is true.
   * Gives the outputs with a leading time axis, or null where it cannot (the node then stays inside the loop).
   */
  vectorize?(
    node: Node<Attributes>,
    inputs: readonly Value[],
    stacked: readonly boolean[],
    length: number,
  ): readonly Value[] | null;
  /** Sum over time of `vectorize`'s first output, where there is a cheaper way than to stack and add. */
  vectorizeSum?(
    node: Node<Attributes>,
    inputs: readonly Value[],
    stacked: readonly boolean[],
    length: number,
  ): Value | null;
  /** Whether it draws random numbers: in a loop anew at every step, whatever it is given. */
  draws?(node: Node<Attributes>): boolean;
  /** Int32 inputs, by place, whose values must lie in a range; checked when they are uploaded. */
  ranges?(node: Node<Attributes>): readonly (IndexRange & { readonly input: number })[];
  /** Where elements of outputs are elements of inputs, unchanged: how ranges get back to inputs of the program. */
  moves?(node: Node<Attributes>): readonly Move[];
  /** What the node runs inside, and which values from outside stand for its placeholders: whole, or one step's slice. */
  body?(node: Node<Attributes>): LoopBody & { readonly bindings: Iterable<readonly [placeholder: Value, of: Value]> };
  /** Emits the dispatches that compute the node's outputs. */
  lower(node: Node<Attributes>, to: NodeLowering): void;
}

/** Output element `toStart` + Σ iₐ·to[a] is input element `fromStart` + Σ iₐ·from[a], for all i within `extents`. */
export interface Move {
  readonly input: number;
  readonly output: number;
  readonly extents: Shape;
  readonly from: readonly number[];
  readonly fromStart: number;
  readonly to: readonly number[];
  readonly toStart: number;
}

/** Valid values of indices or lengths. */
export interface IndexRange {
  /** Who asks, and for what: `embedding index`. */
  readonly what: string;
  /** Where absent, negative values are valid and mean "none". */
  readonly minimum?: number;
  readonly maximum: number;
  readonly remedy: string;
}

/** Where the dispatches of a node go, and where its values live. */
export interface NodeLowering extends Lowering {
  /** Where an input lives; of a float16 one, a float32 copy. */
  slot(value: Value): Slot;
  /** Where an input lives as it is stored: the slot says whether as float16. */
  stored(value: Value): Slot;
  /** Room for an output, to be written whole by the dispatches that follow. */
  output(value: Value): Slot;
  /** Says that an output is (part of) a slot that exists already. */
  alias(value: Value, slot: Slot): void;
  /**
   * Room for an output that is `input` with some elements anew: the input's own memory where that is state, which nobody may
   * read as it was from then on; else a copy.
   */
  overwrite(input: Value, output: Value): Slot;
  /** Lowers `outputs` (a loop's body) with `bindings` in place of placeholders, for iteration `iteration`. */
  inline(
    body: LoopBody,
    iteration: number,
    bindings: ReadonlyMap<Value, Slot>,
    destinations: ReadonlyMap<Value, Slot>,
  ): void;
}

/** The nodes of a loop's body in order. */
export interface LoopBody {
  readonly nodes: readonly Node[];
}
