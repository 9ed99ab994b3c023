import type { IndexRange } from "../graph/op.ts";
import type { Spec } from "../graph/shape.ts";
import type { KernelName } from "../kernels/generated.ts";

/** A buffer that lives outside programs and is shared between them: parameters, gradients, optimizer state. */
export interface External {
  readonly label: string;
  /** Size in elements. */
  readonly elements: number;
}

export interface PlannedBuffer {
  readonly label: string;
  readonly bytes: number;
  readonly kind: "transient" | "input" | "output" | "constant" | "external";
  /** Bytes to upload once (constants). */
  readonly data?: Uint8Array;
  readonly external?: External;
}

export interface PlannedPipeline {
  readonly kernel: KernelName;
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

export interface Port extends Spec {
  readonly buffer: number;
  /** In elements. */
  readonly offset: number;
}

export interface InputPort extends Port {
  /** Valid values of an int32 input. */
  readonly range?: IndexRange;
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
}

/** Bytes of the buffers that the program itself owns. */
export const ownedBytes = (program: Program): number =>
  program.buffers.reduce((sum, buffer) => sum + (buffer.kind === "external" ? 0 : buffer.bytes), 0) +
  program.uniforms.byteLength;
