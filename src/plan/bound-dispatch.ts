/** A dispatch with a buffer for each binding of its kernel. */
import type { DispatchRequest } from "../graph/lowering.ts";
import { bytesPerElement, sizeOf } from "../graph/shape.ts";
import type { KernelManifest } from "../kernels/manifest.ts";
import type { VirtualBuffer } from "./virtual-memory.ts";

export interface LoweredDispatch {
  /** By name; see `kernelNamed`. */
  readonly kernel: string;
  readonly variant: string;
  /** Virtual buffer of each storage binding. */
  readonly buffers: readonly number[];
  readonly params: Readonly<Record<string, number>>;
  readonly workgroups: readonly [number, number, number];
  readonly flops: number;
  readonly bytes: number;
}

/** Throws where a binding has no slot, or a buffer is bound again that the kernel writes. */
export function boundDispatch(
  {
    kernel,
    variant = "default",
    bind,
    params,
    workgroups: [x, y = 1, z = 1],
    flops = 0,
    bytes: ownBytes,
  }: DispatchRequest,
  { file, bindings }: KernelManifest,
  memory: readonly VirtualBuffer[],
): LoweredDispatch {
  const values: Record<string, number> = { ...params };
  const buffers: number[] = [];
  const written = new Set<number>();
  let bytes = 0;
  for (const { name, access } of bindings) {
    if (access === "uniform") continue;
    const slot = bind[name];
    if (!slot) throw new Error(`${file}: no slot for ${name}`);
    values[`${name}_offset`] = slot.offset;
    if (access === "read_write" && buffers.includes(slot.buffer)) written.add(slot.buffer);
    if (written.has(slot.buffer)) {
      const { label } = memory[slot.buffer] as VirtualBuffer;
      throw new Error(`${file}: buffer ${label} is written and bound again as ${name}`);
    }
    if (access === "read_write") written.add(slot.buffer);
    buffers.push(slot.buffer);
    bytes += sizeOf(slot.shape) * bytesPerElement(slot.dtype);
  }
  const dispatch = { kernel: kernel.name, variant, buffers, params: values, flops, bytes: ownBytes ?? bytes };
  return { ...dispatch, workgroups: [x, y, z] };
}
