/** What a graph is made of: values, the nodes that compute them, and the operations that nodes apply. */
import type { ElementRule, RowRule } from "./element-rule.ts";
import type { Lowering, Slot } from "./lowering.ts";
import { type DType, formatShape, type Shape, type Spec } from "./shape.ts";

/** What consoles print in place of all fields, where an object has it. */
export const inspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");

let nextId = 0;

/**
 * A symbolic tensor: what an operation will give, known by shape and element type only. Values are immutable and link to
 * what they are computed from, so a graph is simply everything reachable from its outputs.
 */
export class Value implements Spec {
  /** Extents, outermost first; `[]` is a scalar. */
  readonly shape: Shape;
  /** Type of the elements. */
  readonly dtype: DType;
  /** Grows with creation, so sorting by it is a topological order. */
  readonly id: number = nextId++;
  /** How it was asked for, where `node` computes it from something behind the operands; see `shortcut`. */
  readonly written: Node | null = null;

  constructor(
    spec: Spec,
    /** The operation that computes it; a leaf (input, parameter, constant, loop placeholder) has none. */
    readonly node: Node | null = null,
  ) {
    this.shape = spec.shape;
    this.dtype = spec.dtype;
  }

  /** Number of axes; 0 for a scalar. */
  get rank(): number {
    return this.shape.length;
  }

  /** For messages and consoles: `Value float32 [32, 64] from lstm`. */
  toString(): string {
    return `Value ${this.dtype} ${formatShape(this.shape)} from ${this.origin}`;
  }

  /** @internal What it comes from. */
  get origin(): string {
    return this.node?.op.name ?? "a loop or checkpoint around";
  }

  /** @internal In Node's and Deno's console. */
  [inspect](): string {
    return this.toString();
  }
}

/** Values made from here on have this id or a larger one. */
export const nextValueId = (): number => nextId;

/** Values by name: one, several in a row, or one that is not there. */
export type Named = Readonly<Record<string, Value | undefined | readonly Value[]>>;

/** What stands in the place of each of them. */
export type Each<Values, T> = { readonly [Name in keyof Values]: InPlace<Values[Name], T> };

type InPlace<Given, T> = Given extends readonly Value[] ? readonly T[] : Given extends Value ? T : Given;

/** What is given to operations that make something of nothing. */
export type None = Readonly<Record<never, Value>>;

/** What most operations give. */
export type Single = { readonly y: Value };

/** One application of an operation. */
export interface Node<Attributes = unknown, Inputs = Named, Outputs = Named> {
  readonly op: Op<Attributes, Inputs, Outputs>;
  readonly inputs: Inputs;
  readonly attributes: Attributes;
  readonly outputs: Outputs;
  /** The inputs that there are, in order. */
  readonly operands: readonly Value[];
  /** The outputs that there are, in order. */
  readonly results: readonly [Value, ...Value[]];
}

/** A gradient, or how to make it: asked for only where it is needed. */
export type Gradient = Value | undefined | (() => Value | undefined);

/** Gradients with respect to inputs. What is left out has none. */
export type Gradients<Inputs> = {
  readonly [Name in keyof Inputs]?: Inputs[Name] extends readonly Value[] ? readonly Gradient[] : Gradient;
};

/** Gradients with respect to outputs: of the only one there is one; of several, where nothing flows, none. */
type Arriving<Outputs> = [keyof Outputs] extends ["y"] ? Each<Outputs, Value> : Each<Outputs, Value | undefined>;

/**
 * A kind of operation: what it takes and gives by name, how it is differentiated, moved out of a loop, and turned into kernel
 * dispatches.
 */
export interface Op<Attributes = unknown, Inputs = Named, Outputs = Single> {
  readonly name: string;
  /** Outputs may be float16. Those of other operations are float32 where a spec, taken over from an input, says float16. */
  readonly givesFloat16?: boolean;
  /**
   * Gradients with respect to the inputs, given those with respect to the outputs. `needed` says which of them anyone asks for;
   * one that is a function is called only then. An op without this rule is not differentiable.
   */
  gradient?(
    node: Node<Attributes, Inputs, Outputs>,
    arriving: Arriving<Outputs>,
    needed: Each<Inputs, boolean>,
  ): Gradients<Inputs>;
  /**
   * The same operation for all time steps at once. An input has a leading time axis where it is `stacked`. Gives the outputs
   * with a leading time axis, or null where it cannot (the node then stays inside the loop).
   */
  vectorize?(
    node: Node<Attributes, Inputs, Outputs>,
    inputs: Inputs,
    stacked: Each<Inputs, boolean>,
    length: number,
  ): Partial<Outputs> | null;
  /** Sum over time of `vectorize`'s first output, where there is a cheaper way than to stack and add. */
  vectorizeSum?(
    node: Node<Attributes, Inputs, Outputs>,
    inputs: Inputs,
    stacked: Each<Inputs, boolean>,
    length: number,
  ): Value | null;
  /** The same from the sums over time of inputs, where that is possible. */
  sumOfSums?(node: Node<Attributes, Inputs, Outputs>, sumOf: (input: Value) => Value): Value | null;
  /** Its only output with the axes in another order, where that is cheaper than to permute it. */
  permuted?(node: Node<Attributes, Inputs, Outputs>, order: readonly number[]): Value | null;
  /** Whether it draws random numbers: in a loop anew at every step, whatever it is given. */
  draws?(node: Node<Attributes, Inputs, Outputs>): boolean;
  /** Int32 inputs whose values must lie in a range; checked when they are uploaded. */
  ranges?(node: Node<Attributes, Inputs, Outputs>): readonly (IndexRange & { readonly input: Value })[];
  /** Where elements of outputs are elements of inputs, unchanged: how ranges get back to inputs of the program. */
  moves?(node: Node<Attributes, Inputs, Outputs>): readonly Move[];
  /** What the node runs inside, and which values from outside stand for its placeholders: whole, or one step's slice. */
  body?(
    node: Node<Attributes, Inputs, Outputs>,
  ): LoopBody & { readonly bindings: Iterable<readonly [placeholder: Value, of: Value]> };
  /** How its elements follow from those of its operands, where kernels may be made of it together with others. */
  readonly element?: ElementRule<Node<Attributes, Inputs, Outputs>, Value>;
  /** The same where elements follow from sums over whole rows of operands. */
  readonly row?: RowRule<Node<Attributes, Inputs, Outputs>, Value>;
  /** Emits the dispatches that compute the node's outputs. */
  lower(node: Node<Attributes, Inputs, Outputs>, to: NodeLowering): void;
}

/** Output element `toStart` + Σ iₐ·to[a] is input element `fromStart` + Σ iₐ·from[a], for all i within `extents`. */
export interface Move {
  readonly input: Value;
  readonly output: Value;
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
  /** A value that is valid as well. */
  readonly except?: number;
  readonly remedy: string;
}

/** Where the dispatches of a node go, and where its values live. */
export interface NodeLowering extends Lowering {
  /** Where an input lives; of a float16 one, a float32 copy. */
  slot(value: Value): Slot;
  /** Where inputs live, by name. */
  slots<Inputs>(inputs: Inputs): Each<Inputs, Slot>;
  /** Where an input lives as it is stored: the slot says whether as float16. */
  stored(value: Value): Slot;
  /** Room for an output, to be written whole by the dispatches that follow. */
  output(value: Value): Slot;
  /** Room for outputs, by name. */
  rooms<Outputs>(outputs: Outputs): Each<Outputs, Slot>;
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
