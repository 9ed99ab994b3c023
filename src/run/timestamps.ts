import { UnsupportedError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";

/** WebGPU's largest query set. */
const QUERIES_PER_SET = 4096;

/** Measures passes on the GPU's own clock: span i is the pass that was begun with `writes(i)`. */
export class Timestamps {
  readonly #sets: GPUQuerySet[] = [];
  readonly #resolved: GPUBuffer;

  /** Throws UnsupportedError where the adapter has no such clock; `what` asks for it. */
  constructor(
    readonly device: Device,
    readonly spans: number,
    what: string,
  ) {
    requireTimestamps(device, what);
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    this.#resolved = device.createBuffer("timestamps", 2 * spans * 8, usage);
    for (let left = 2 * spans; left > 0; left -= QUERIES_PER_SET) {
      const count = Math.min(left, QUERIES_PER_SET);
      this.#sets.push(device.gpu.createQuerySet({ label: "timestamps", type: "timestamp", count }));
    }
  }

  writes(span: number): GPUComputePassTimestampWrites {
    const query = 2 * span;
    const beginningOfPassWriteIndex = query % QUERIES_PER_SET;
    return {
      querySet: this.#sets[Math.floor(query / QUERIES_PER_SET)] as GPUQuerySet,
      beginningOfPassWriteIndex,
      endOfPassWriteIndex: beginningOfPassWriteIndex + 1,
    };
  }

  /** Ends the measurement: to be encoded after all passes. */
  resolve(encoder: GPUCommandEncoder): void {
    this.#sets.forEach((set, i) => {
      encoder.resolveQuerySet(set, 0, set.count, this.#resolved, i * QUERIES_PER_SET * 8);
    });
  }

  /** Seconds of each span. */
  async read(): Promise<Float64Array> {
    const { device } = this;
    const bytes = 2 * this.spans * 8;
    const staging = device.staging.take(bytes);
    const encoder = device.gpu.createCommandEncoder({ label: "read timestamps" });
    encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, bytes);
    device.gpu.queue.submit([encoder.finish()]);
    const times = new BigUint64Array(await device.staging.read(staging, bytes));
    // nanoseconds; a coarse clock may give the same time twice, and some drivers even step back by a tick
    return Float64Array.from({ length: this.spans }, (_, i) =>
      Math.max(0, Number(BigInt.asIntN(64, (times[2 * i + 1] as bigint) - (times[2 * i] as bigint))) * 1e-9),
    );
  }

  dispose(): void {
    for (const set of this.#sets) set.destroy();
    this.device.destroyBuffer(this.#resolved);
  }
}

export function requireTimestamps(device: Device, what: string): void {
  if (device.profile.features.has("timestamp-query")) return;
  throw new UnsupportedError(
    `${what}: the adapter "${device.adapter.name}" lacks the feature timestamp-query, expected it to time kernels; use another adapter or browser, or time whole runs with performance.now()`,
  );
}
