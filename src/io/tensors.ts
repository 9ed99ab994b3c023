import type { SafetensorsDtype } from "./dtypes.ts";

/** A tensor to be written; Float32Array is stored as F32, Int32Array as I32. */
export interface HostTensor {
  /** Extents, outermost first. */
  readonly shape: readonly number[];
  /** Its numbers in row-major order. */
  readonly data: Float32Array | Int32Array;
}

/** A tensor as read. */
export interface StoredTensor extends HostTensor {
  /** The element type in the file; one that is not a SafetensorsDtype cannot be read. */
  readonly dtype: SafetensorsDtype | (string & {});
  /**
   * Floats of any width as Float32Array, integers and booleans as Int32Array. Read from the file's bytes when it is asked for
   * the first time, so the bytes must stay as they are until then. Throws DtypeError for a type that cannot be read, and
   * DataError for a number that 32 bits cannot hold.
   */
  readonly data: Float32Array | Int32Array;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: Map<string, StoredTensor>;
  /** What the header's `__metadata__` holds; empty where it has none. */
  readonly metadata: Record<string, string>;
}

/** Whether something is a shape: integers from 0 on. */
export function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
