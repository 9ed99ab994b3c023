import type { DType, Shape } from "../../graph/shape.ts";
import type { HostTensor } from "../../io/tensors.ts";

/** What JSON can say, and numbers that are not finite. */
export type PlainData =
  | null
  | boolean
  | number
  | string
  | readonly PlainData[]
  | { readonly [key: string]: PlainData | undefined };

/** A tensor on the GPU that a checkpoint holds. */
export interface HeldTensor {
  /** Unique in its part. */
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly buffer: GPUBuffer;
  readonly byteOffset: number;
}

/**
 * @internal A part of a trainer that remembers something from step to step: the optimizer, the guard, the carry, averages of
 * weights. What it names is all that it needs to go on; the checkpoint does the rest.
 */
export interface Part {
  /** Unique in the trainer; without "/". */
  readonly name: string;
  /** Read between two steps, and written back before the first. */
  tensors?(): Iterable<HeldTensor>;
  /** What it remembers on the host, at the moment of the call. */
  fields?(): PlainData;
  /** Throws DataError where the fields of a checkpoint are not for it. All parts are asked before any is changed. */
  check?(fields: PlainData): void;
  /** Takes fields over. */
  restore?(fields: PlainData): void;
}

/**
 * What is saved and resumed with a trainer and is no part of it: `Batches`, a schedule that follows a measure, whatever a
 * program counts.
 */
export interface Resumable<S = unknown> {
  /** What it remembers: plain data. Read at the call of `save`. */
  readonly state: S | (() => S);
  /** Takes over what was saved. Throws where it does not fit. */
  restore(state: S, tensors: ReadonlyMap<string, HostTensor>): void;
  /** Tensors that it keeps on the host, by name: the best weights so far, say. */
  tensors?(): ReadonlyMap<string, HostTensor>;
}
