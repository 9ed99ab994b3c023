import { KernelError, OutOfMemoryError } from "../errors.ts";
import { Arena } from "../gpu/arena.ts";
import type { Device } from "../gpu/device.ts";
import type { Pipeline } from "../gpu/pipeline.ts";
import { kernelNamed } from "../kernels/kernel.ts";
import type { External, PlannedBuffer, Program } from "../plan/program.ts";

const STORAGE = () => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/** What a program is on a device, beside its pipelines. */
export interface ProgramObjects {
  readonly buffers: readonly GPUBuffer[];
  readonly bindGroups: readonly GPUBindGroup[];
}

/** @param owned is told of each buffer, also where a later one fails */
export function makeObjects(
  device: Device,
  program: Program,
  compiled: readonly Pipeline[],
  owned: GPUBuffer[],
): ProgramObjects {
  const own = (buffer: GPUBuffer) => {
    owned.push(buffer);
    return buffer;
  };
  const buffers = program.buffers.map((planned) =>
    planned.external ? bufferOf(planned.external) : own(materialize(device, planned)),
  );
  const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
  const uniforms = own(device.createBuffer("uniforms", program.uniforms.byteLength, usage));
  device.gpu.queue.writeBuffer(uniforms, 0, program.uniforms as Uint8Array<ArrayBuffer>);
  const bindGroups = program.bindGroups.map(({ pipeline, buffers: bound }) => {
    const { kernel } = program.pipelines[pipeline] as Program["pipelines"][number];
    const manifest = kernelNamed(kernel);
    return device.createBindGroup({
      label: kernel,
      layout: (compiled[pipeline] as Pipeline).layout,
      entries: manifest.bindings.map(({ access }, binding) => ({
        binding,
        resource:
          access === "uniform"
            ? { buffer: uniforms, size: manifest.paramsSize }
            : { buffer: buffers[bound[binding] as number] as GPUBuffer },
      })),
    });
  });
  return { buffers, bindGroups };
}

function materialize(device: Device, { label, bytes, data }: PlannedBuffer): GPUBuffer {
  const buffer = device.createBuffer(label, bytes, STORAGE());
  if (data) device.gpu.queue.writeBuffer(buffer, 0, data as Uint8Array<ArrayBuffer>);
  return buffer;
}

function bufferOf(external: External): GPUBuffer {
  if (external instanceof Arena) return external.buffer;
  throw new Error(`replay: ${external.label} is no arena of a device`);
}

/** What kept the device from making them. */
export function allocationError(program: Program, error: GPUError): Error {
  const bytes = program.buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  const text = `compile: ${error.message} (the program needs ${(bytes / 2 ** 20).toFixed(1)} MiB)`;
  return typeof GPUOutOfMemoryError !== "undefined" && error instanceof GPUOutOfMemoryError
    ? new OutOfMemoryError(`${text}; use a smaller batch, a shorter sequence or checkpointEvery`)
    : new KernelError(`${text}; please report this`);
}
