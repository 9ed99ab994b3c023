/** What parameters start from. */
import type { Initializer, Parameter } from "../graph/parameter.ts";
import { BYTES_PER_ELEMENT, sizeOf } from "../graph/shape.ts";
import type { GpuHandle } from "./handle.ts";
import { fillRandom } from "./random.ts";
import type { StagingPool } from "./staging.ts";

/** Where a parameter's float32 elements are to lie. */
export interface DrawTarget {
  readonly buffer: GPUBuffer;
  /** In words of four bytes. */
  readonly offset: number;
}

/** Those that are made on the GPU. */
export type Drawn = Exclude<Initializer, { kind: "host" | "constant" }>;

/** Draws random numbers from a seed and the parameter's own stream. */
export async function draw(
  device: GpuHandle,
  { shape }: Parameter,
  initializer: Drawn,
  [seed, stream]: readonly [seed: number, stream: number],
  target: DrawTarget,
): Promise<void> {
  const [a, b] =
    initializer.kind === "uniform" ? [initializer.low, initializer.high] : [initializer.mean, initializer.std];
  await fillRandom(device, { ...target, size: sizeOf(shape) }, { kind: initializer.kind, a, b, seed, stream });
}

/** The same numbers on the host: for what is stored in 16 bits. */
export async function drawToHost(
  device: GpuHandle,
  staging: StagingPool,
  parameter: Parameter,
  initializer: Drawn,
  key: readonly [seed: number, stream: number],
): Promise<Float32Array> {
  const bytes = sizeOf(parameter.shape) * BYTES_PER_ELEMENT;
  const buffer = device.createBuffer("initial values", bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
  try {
    await draw(device, parameter, initializer, key, { buffer, offset: 0 });
    const copy = staging.take(bytes);
    const encoder = device.gpu.createCommandEncoder({ label: "read initial values" });
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, bytes);
    device.gpu.queue.submit([encoder.finish()]);
    return new Float32Array(await staging.read(copy, bytes));
  } finally {
    device.destroyBuffer(buffer);
  }
}

/** Numbers in (-1, 1) for initializers that run on the host (Mulberry32 by T. Ettinger, public domain). */
export function hostRandom(seed: number, stream: number): () => number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(stream + 1, 0xc2b2ae35)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
