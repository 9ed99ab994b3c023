/** What operations are lowered to: dispatches of kernels on planned buffers. */
import type { KernelHandle } from "../kernels/later.ts";
import type { DType, Shape } from "./shape.ts";

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
    readonly maxComputeWorkgroupSizeX: number;
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
  readonly kernel: KernelHandle;
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

/** Where dispatches go; `plan/` implements it. */
export interface Lowering {
  readonly adapter: AdapterProfile;
  /** Room for something between dispatches of one node. */
  temporary(shape: Shape, dtype: DType, label: string): Slot;
  dispatch(request: DispatchRequest): void;
  /** Emits the way that was measured to be the fastest on this adapter, else the rule's. */
  choose(choice: Choice): void;
  /** Says something about what is emitted that whoever looks at the program should know. */
  note(text: string): void;
  /** Step number, seed and the optimizer's scalars: `[step, seedLow, seedHigh, 0, scalars (f32 bits)…]` as uint32. */
  readonly hyper: Slot;
  /** A stream of random numbers of its own for each source that draws, the same from run to run. */
  randomStream(source: object): number;
  /** Number of the iteration being lowered, counted through all loops around (0 outside): random numbers differ between steps. */
  readonly iteration: number;
}
