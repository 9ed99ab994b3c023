import type { DType, Shape } from "./shape.ts";
import type { Node, Value } from "./value.ts";

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
  lower(node: Node<Attributes>, to: Lowering): void;
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

/** A contiguous row-major tensor inside a planned buffer. */
export interface Slot {
  /** Number of the planned buffer. */
  readonly buffer: number;
  /** In elements. */
  readonly offset: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What the choice of a kernel variant may depend on. Pure data, so that plans can be made without an adapter. */
export interface AdapterProfile {
  /** `software`: the GPU is emulated on the CPU (SwiftShader, lavapipe). */
  readonly kind: "hardware" | "software";
  readonly features: ReadonlySet<string>;
  readonly limits: {
    readonly maxStorageBufferBindingSize: number;
    readonly maxBufferSize: number;
    readonly maxComputeWorkgroupsPerDimension: number;
    readonly maxComputeInvocationsPerWorkgroup: number;
    readonly maxComputeWorkgroupStorageSize: number;
    readonly maxStorageBuffersPerShaderStage: number;
    readonly minUniformBufferOffsetAlignment: number;
  };
  /**
   * Words in front of tensors that have a buffer of their own, a multiple of 4; 0 without it. Tests show so that kernels heed
   * offsets.
   */
  readonly lead?: number;
  /** The fastest way of each choice that was measured on this adapter, by the choice's key. */
  readonly measured?: ReadonlyMap<string, string>;
}

/** What one way of a choice takes, as it is reckoned. */
export interface WayCost {
  /** Kernel and variant, which other choices may have in common with it. */
  readonly pipeline: string;
  /** Of one run. */
  readonly seconds: number;
  readonly compileSeconds: number;
}

/** Several ways to compute the same, of which one is emitted. */
export interface Choice {
  /** Operation and all that the fastest way may depend on: `lstm forward 32 128 128`. */
  readonly key: string;
  /** Each emits the dispatches of one way; only ways that are valid here. */
  readonly ways: Readonly<Record<string, () => void>>;
  /** The way to take where none has been measured on the adapter. */
  readonly rule: string;
  /** By way: what the rule goes by. Where it is known, choices share pipelines that are not worth compiling for one alone. */
  readonly costs?: Readonly<Record<string, WayCost>>;
  /** The readable baseline: no contest has it, but `measured` may name it, as `naive`. */
  readonly naive?: () => void;
  /**
   * Integers on which the time depends, such as lengths, and the value that they all have while the ways are measured. Inputs
   * of a program with a range of valid values have the largest one where nothing is said here; all else is 0.
   */
  readonly assume?: readonly { readonly slot: Slot; readonly value: number }[];
}

export interface DispatchRequest {
  readonly kernel: string;
  /** A variant that the kernel declares; `default` when absent. */
  readonly variant?: string;
  /** A slot for every storage binding. The slot's offset is passed as the parameter `<binding>_offset`. */
  readonly bind: Readonly<Record<string, Slot>>;
  /** Every other field of the kernel's `Params`. */
  readonly params: Readonly<Record<string, number>>;
  readonly workgroups: readonly [number, number?, number?];
  /** Floating-point operations, for the profile. */
  readonly flops?: number;
  /** Bytes read and written, for the profile, where they are not the sizes of the slots that are bound. */
  readonly bytes?: number;
}

/** Where an op's dispatches go; `plan/` implements it. */
export interface Lowering {
  readonly adapter: AdapterProfile;
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
  /** Room for something between dispatches of one node. */
  temporary(shape: Shape, dtype: DType, label: string): Slot;
  dispatch(request: DispatchRequest): void;
  /** Emits the way that was measured to be the fastest on this adapter, else the rule's. */
  choose(choice: Choice): void;
  /** Step number, seed and the optimizer's scalars: `[step, seedLow, seedHigh, 0, scalars (f32 bits)…]` as uint32. */
  readonly hyper: Slot;
  /** A stream of random numbers of its own for each source that draws, the same from run to run. */
  randomStream(source: object): number;
  /** Number of the iteration being lowered, counted through all loops around (0 outside): random numbers differ between steps. */
  readonly iteration: number;
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
