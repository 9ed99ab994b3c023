import { BYTES_PER_ELEMENT } from "../graph/shape.ts";
import type { ExternalBuffer } from "../plan/program.ts";
import { Failures } from "./failures.ts";
import type { GpuHandle } from "./handle.ts";

/** A buffer shared by many tensors, so that one dispatch can update them all. */
export class Arena implements ExternalBuffer {
  readonly buffer: GPUBuffer;
  /** That there was no room for it, say. */
  readonly failures: Failures;
  /** Resolves when it is known whether there was room. */
  readonly settled: Promise<void>;
  #disposed = false;

  constructor(
    readonly device: GpuHandle,
    readonly label: string,
    readonly elements: number,
  ) {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    this.failures = new Failures(device.gpu, label, "please report this");
    const create = () => device.createBuffer(label, elements * BYTES_PER_ELEMENT, usage);
    const { result, settled } = this.failures.allocate(create);
    this.buffer = result;
    this.settled = settled;
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.device.destroyBuffer(this.buffer);
  }
}
