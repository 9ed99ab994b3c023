import { DataError } from "../errors.ts";
import { BYTES_PER_ELEMENT, type DType, formatShape, type Shape, type Spec, sizeOf } from "../graph/shape.ts";
import { inspect } from "../graph/value.ts";
import type { Device } from "./device.ts";
import { Failures } from "./failures.ts";
import type { NestedNumbers, TypedData } from "./host-data.ts";

/** What an input takes: typed arrays in row-major order, nested arrays, or a tensor that is on the GPU already. */
export type TensorData = NestedNumbers | Tensor;

/** A tensor on the GPU: an output of a program. It holds until that program's next run. */
export class Tensor implements Spec {
  private constructor(
    readonly device: Device,
    /** @internal */
    readonly buffer: GPUBuffer,
    /** @internal In elements. */
    readonly offset: number,
    readonly shape: Shape,
    readonly dtype: DType,
    private readonly isCurrent: () => boolean,
    /** Of what it belongs to. */
    private readonly failures: Failures | undefined,
  ) {}

  /** @internal */
  static at(
    device: Device,
    buffer: GPUBuffer,
    offset: number,
    { shape, dtype }: Spec,
    isCurrent: () => boolean = () => true,
    failures?: Failures,
  ): Tensor {
    return new Tensor(device, buffer, offset, shape, dtype, isCurrent, failures);
  }

  /** @internal */
  get byteOffset(): number {
    return this.offset * BYTES_PER_ELEMENT;
  }

  /** Bytes that its elements take: four each. */
  get byteLength(): number {
    return sizeOf(this.shape) * BYTES_PER_ELEMENT;
  }

  /** @internal Throws DataError where a later run has overwritten this tensor. */
  checkCurrent(): void {
    this.failures?.check();
    if (!this.isCurrent()) {
      throw new DataError(
        `tensor ${formatShape(this.shape)}: was overwritten by a later run of its program or freed, expected one of the last run; read it before running again`,
      );
    }
  }

  /** For messages and consoles: `Tensor float32 [32, 64]`. */
  toString(): string {
    return `Tensor ${this.dtype} ${formatShape(this.shape)}`;
  }

  /** @internal In Node's and Deno's console. */
  [inspect](): string {
    return this.toString();
  }

  /** Copies the elements to JavaScript, row-major. */
  async read(): Promise<TypedData> {
    const { device } = this;
    device.check();
    this.checkCurrent();
    const staging = device.staging.take(this.byteLength);
    const copying = new Failures(device.gpu, `tensor ${formatShape(this.shape)}`, "please report this");
    copying.run(() => {
      const encoder = device.gpu.createCommandEncoder({ label: "read tensor" });
      encoder.copyBufferToBuffer(this.buffer, this.byteOffset, staging, 0, this.byteLength);
      device.gpu.queue.submit([encoder.finish()]);
    });
    const bytes = await device.staging.read(staging, this.byteLength);
    // of the run that made it, then of the copy
    this.failures?.check();
    copying.check();
    return typed(this.dtype, bytes);
  }
}

/** @internal */
export function typed(dtype: DType, bytes: ArrayBuffer): TypedData {
  if (dtype === "float32") return new Float32Array(bytes);
  return dtype === "int32" ? new Int32Array(bytes) : new Uint32Array(bytes);
}
