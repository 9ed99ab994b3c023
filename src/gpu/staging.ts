import type { GpuHandle } from "./handle.ts";
import type { Pacer } from "./pacer.ts";

/** Buffers through which results are read back, kept for the next reading of their size. */
export class StagingPool {
  readonly #free = new Map<number, GPUBuffer[]>();

  constructor(readonly device: GpuHandle) {}

  take(bytes: number): GPUBuffer {
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(bytes)));
    return (
      this.#free.get(size)?.pop() ??
      this.device.createBuffer(`staging ${size}`, size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST)
    );
  }

  /** Copies what was put into a staging buffer to JavaScript and takes the buffer back. A pacer knows how long it takes. */
  async read(buffer: GPUBuffer, bytes: number, pacer?: Pacer): Promise<ArrayBuffer> {
    const map = () => this.device.wait(buffer.mapAsync(GPUMapMode.READ, 0, Math.ceil(bytes / 4) * 4));
    try {
      await (pacer ? pacer.wait(map) : map());
    } catch (error) {
      this.device.destroyBuffer(buffer);
      throw error;
    }
    const copy = buffer.getMappedRange(0, Math.ceil(bytes / 4) * 4).slice(0, bytes);
    buffer.unmap();
    this.give(buffer);
    return copy;
  }

  give(buffer: GPUBuffer): void {
    const list = this.#free.get(buffer.size);
    if (list) list.push(buffer);
    else this.#free.set(buffer.size, [buffer]);
  }
}
