import { random_fill } from "../kernels/generated/elementwise.ts";
import { linearWorkgroups } from "../ops/dispatch/workgroups.ts";
import { packParams } from "../plan/params.ts";
import type { GpuHandle } from "./handle.ts";

export interface RandomFill {
  readonly kind: "uniform" | "normal" | "truncated_normal";
  /** Low end, or mean. */
  readonly a: number;
  /** High end, or standard deviation. */
  readonly b: number;
  readonly seed: number;
  readonly stream: number;
}

/** A seed as two 32-bit words, so that integers up to 2⁵³ differ. */
export const seedWords = (seed: number): [low: number, high: number] => [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];

/** Draws random numbers straight into a part of a buffer (elements from `offset` on). */
export async function fillRandom(
  device: GpuHandle,
  target: { readonly buffer: GPUBuffer; readonly offset: number; readonly size: number },
  { kind, a, b, seed, stream }: RandomFill,
): Promise<void> {
  const { manifest } = random_fill;
  const { pipeline, layout } = await device.pipelines.get(manifest.name, kind);
  const [seed_low, seed_high] = seedWords(seed);
  const params = packParams(manifest, {
    size: target.size,
    y_offset: target.offset,
    seed_low,
    seed_high,
    stream,
    a,
    b,
  });
  const uniform = device.createBuffer(
    "random params",
    params.byteLength,
    GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  );
  device.gpu.queue.writeBuffer(uniform, 0, params as Uint8Array<ArrayBuffer>);
  const group = device.createBindGroup({
    label: "random_fill",
    layout,
    entries: [
      { binding: 0, resource: { buffer: target.buffer } },
      { binding: 1, resource: { buffer: uniform, size: params.byteLength } },
    ],
  });
  const encoder = device.gpu.createCommandEncoder({ label: "random_fill" });
  const pass = encoder.beginComputePass({ label: "random_fill" });
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group, [0]);
  pass.dispatchWorkgroups(...linearWorkgroups(target.size));
  pass.end();
  device.gpu.queue.submit([encoder.finish()]);
  // destroying after submission is safe: WebGPU keeps the memory until the submitted work is done
  device.destroyBuffer(uniform);
}
