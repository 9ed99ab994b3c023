import type { Spec } from "../graph/shape.ts";
import type { IndexRange } from "../graph/value.ts";

/** A buffer that lives outside programs and is shared between them: parameters, gradients, optimizer state. */
export interface ExternalBuffer {
  readonly label: string;
  /** Size in elements. */
  readonly elements: number;
}

/** A place in an external buffer. */
export interface Placement {
  readonly external: ExternalBuffer;
  /** In words of four bytes. */
  readonly offset: number;
  /** What lies there. */
  readonly label?: string;
}

export interface PlannedBuffer {
  readonly label: string;
  readonly bytes: number;
  readonly kind: "transient" | "input" | "output" | "constant" | "external";
  /** Bytes to upload once (constants). */
  readonly data?: Uint8Array;
  readonly external?: ExternalBuffer;
}

export interface PlannedPipeline {
  /** By name; see `kernelNamed`. */
  readonly kernel: string;
  readonly variant: string;
}

export interface PlannedBindGroup {
  readonly pipeline: number;
  /** Buffer of each storage binding, in binding order. */
  readonly buffers: readonly number[];
}

export interface PlannedDispatch {
  readonly pipeline: number;
  readonly bindGroup: number;
  /** Where this dispatch's `Params` start in the uniforms, in bytes. */
  readonly paramsOffset: number;
  readonly workgroups: readonly [number, number, number];
  readonly flops: number;
  /** Bytes of storage that the dispatch's bindings span at most; for the profile. */
  readonly bytes: number;
}

/** A choice between ways to compute the same, as it was made, and the dispatches that it became. */
export interface MadeChoice {
  /** Operation and all that the fastest way may depend on. */
  readonly key: string;
  readonly ways: readonly string[];
  /** The way that is taken where none has been measured. */
  readonly rule: string;
  /** The way that was taken. */
  readonly way: string;
  /** Whether a measurement on the adapter chose it; else the rule did. */
  readonly measured: boolean;
  /** The first dispatch, and the one behind the last. */
  readonly start: number;
  readonly end: number;
  /** What integers hold while the ways are measured. */
  readonly assume: readonly Assumption[];
}

/** Elements of a buffer that all hold one value, as 32-bit integers. */
export interface Assumption {
  readonly buffer: number;
  /** In elements. */
  readonly offset: number;
  readonly size: number;
  readonly value: number;
}

export interface Port extends Spec {
  readonly buffer: number;
  /** In elements. */
  readonly offset: number;
}

export interface InputPort extends Port {
  /** Valid values of an int32 input. */
  readonly ranges?: readonly InputRange[];
  /** What all elements are where the input is left out; without it it must be given. */
  readonly default?: number;
}

/** Valid values of some elements of an input. */
export interface InputRange extends IndexRange {
  /** 1 at the elements that it holds for; all of them where absent. */
  readonly where?: Uint8Array;
}

/** What is replayed at each run: pure data, no GPU object. */
export interface Program {
  readonly buffers: readonly PlannedBuffer[];
  readonly pipelines: readonly PlannedPipeline[];
  readonly bindGroups: readonly PlannedBindGroup[];
  readonly dispatches: readonly PlannedDispatch[];
  /** All dispatches' `Params`. */
  readonly uniforms: Uint8Array;
  readonly inputs: ReadonlyMap<string, InputPort>;
  readonly outputs: ReadonlyMap<string, Port>;
  /** Dispatch numbers at which a new submit starts, so that a page stays alive; empty for a single submit. */
  readonly cuts: readonly number[];
  /** In the order in which they were finished: choices inside another one's way come before it. */
  readonly choices: readonly MadeChoice[];
  /** What operations say about how they run, a line each. */
  readonly notes: readonly string[];
}

/** Bytes of the buffers that the program itself owns. */
export const ownedBytes = (program: Program): number =>
  program.buffers.reduce((sum, buffer) => sum + (buffer.kind === "external" ? 0 : buffer.bytes), 0) +
  program.uniforms.byteLength;
