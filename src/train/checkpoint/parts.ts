import type { DType, Shape } from "../../graph/shape.ts";
import type { PlainData } from "./resumable.ts";

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
