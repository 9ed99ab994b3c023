/** Buffers of a plan before tensors share memory. */
import { OutOfMemoryError } from "../errors.ts";
import type { ConstantValue } from "../graph/leaves.ts";
import type { AdapterProfile, Slot } from "../graph/lowering.ts";
import { BYTES_PER_ELEMENT, type DType, perWord, type Shape, sizeOf } from "../graph/shape.ts";
import type { ExternalBuffer, PlannedBuffer } from "./program.ts";

export interface VirtualBuffer {
  readonly label: string;
  /** In words of four bytes. */
  elements: number;
  kind: PlannedBuffer["kind"];
  readonly external?: ExternalBuffer;
}

/** Tensors start at multiples of this many elements inside shared buffers, so that kernels may read them as vec4. */
export const ALIGNMENT = 4;
export const align = (elements: number): number => Math.ceil(elements / ALIGNMENT) * ALIGNMENT;

/** Words that a tensor takes with its padding. */
const wordsOf = (shape: Shape, dtype: DType): number => align(Math.ceil(sizeOf(shape) / perWord(dtype)));

export class VirtualMemory {
  readonly buffers: VirtualBuffer[] = [];
  /** What lies in the buffer of constants. */
  readonly constants: { readonly value: ConstantValue; readonly offset: number }[] = [];
  readonly #externals = new Map<ExternalBuffer, number>();
  #constantBuffer = -1;

  constructor(private readonly adapter: Pick<AdapterProfile, "limits" | "lead">) {}

  /** A tensor `offset` words into a buffer from outside. */
  external(external: ExternalBuffer, offset: number, shape: Shape, dtype: DType): Slot {
    let buffer = this.#externals.get(external);
    if (buffer === undefined) {
      buffer = this.#buffer({ label: external.label, elements: external.elements, kind: "external", external });
      this.#externals.set(external, buffer);
    }
    return { buffer, offset: offset * perWord(dtype), shape, dtype };
  }

  /** A tensor with a buffer for itself. */
  alone(kind: PlannedBuffer["kind"], shape: Shape, dtype: DType, label: string): Slot {
    const { lead = 0 } = this.adapter;
    // of several lengths: no offset is right by being another tensor's
    const words = lead * (1 + (this.buffers.length % 3));
    const buffer = this.#buffer({ label, elements: words + wordsOf(shape, dtype), kind });
    return { buffer, offset: words * perWord(dtype), shape, dtype };
  }

  constant(value: ConstantValue): Slot {
    if (this.#constantBuffer < 0) {
      this.#constantBuffer = this.#buffer({ label: "constants", elements: this.adapter.lead ?? 0, kind: "constant" });
    }
    const buffer = this.buffers[this.#constantBuffer] as VirtualBuffer;
    const slot = { buffer: this.#constantBuffer, offset: buffer.elements, shape: value.shape, dtype: value.dtype };
    this.constants.push({ value, offset: buffer.elements });
    buffer.elements += align(sizeOf(value.shape));
    return slot;
  }

  #buffer(buffer: VirtualBuffer): number {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.adapter.limits;
    const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    const bytes = buffer.elements * BYTES_PER_ELEMENT;
    if (bytes > limit) {
      throw new OutOfMemoryError(
        `plan: ${buffer.label} needs ${megabytes(bytes)} in one buffer, expected at most ${megabytes(limit)} on this adapter; use a smaller batch, a shorter sequence or checkpointEvery`,
      );
    }
    return this.buffers.push(buffer) - 1;
  }
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
