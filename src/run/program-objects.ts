import { DataError, KernelError, OutOfMemoryError } from "../errors.ts";
import { Arena } from "../gpu/arena.ts";
import type { Device } from "../gpu/device.ts";
import type { Pipeline } from "../gpu/pipeline.ts";
import { kernelNamed } from "../kernels/kernel.ts";
import type { ExternalBuffer, PlannedBuffer, Program } from "../plan/program.ts";
import { disposedPrograms } from "./intermediates.ts";
import type { Lent, Reservation, Workspace } from "./workspace.ts";

/** What a program has for itself on a device, whatever memory it runs in. */
export interface ProgramObjects {
  /** By number of the program's buffers: constants and what others own; undefined for what a workspace lends. */
  readonly buffers: readonly (GPUBuffer | undefined)[];
  readonly uniforms: GPUBuffer;
}

/** @param owned is told of each buffer, also where a later one fails */
function makeObjects(
  device: Device,
  program: Program,
  lent: readonly (Lent | undefined)[],
  owned: GPUBuffer[],
): ProgramObjects {
  const own = (buffer: GPUBuffer) => {
    owned.push(buffer);
    return buffer;
  };
  const buffers = program.buffers.map((planned, i) => {
    if (lent[i]) return undefined;
    return planned.external ? bufferOf(planned.external) : own(materialize(device, planned));
  });
  const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
  const uniforms = own(device.createBuffer("uniforms", program.uniforms.byteLength, usage));
  device.gpu.queue.writeBuffer(uniforms, 0, program.uniforms as Uint8Array<ArrayBuffer>);
  return { buffers, uniforms };
}

/** What a program binds. */
export interface Bindings {
  /** By number of the program's buffers. */
  readonly buffers: readonly GPUBuffer[];
  readonly groups: readonly GPUBindGroup[];
}

/** Binds a program's own buffers and those that it is lent. */
export function bindObjects(
  device: Device,
  program: Program,
  compiled: readonly Pipeline[],
  { buffers: own, uniforms }: ProgramObjects,
  lent: readonly (Lent | undefined)[],
): Bindings {
  const buffers = own.map((buffer, i) => buffer ?? (lent[i] as Lent).buffer);
  const storage = (i: number): GPUBufferBinding => {
    const buffer = buffers[i] as GPUBuffer;
    if (!lent[i]?.isLonger) return { buffer };
    // as long as a buffer of its own would be
    return { buffer, size: Math.max(16, Math.ceil((program.buffers[i] as PlannedBuffer).bytes / 16) * 16) };
  };
  const groups = program.bindGroups.map(({ pipeline, buffers: bound }) => {
    const { kernel } = program.pipelines[pipeline] as Program["pipelines"][number];
    const manifest = kernelNamed(kernel);
    return device.createBindGroup({
      label: kernel,
      layout: (compiled[pipeline] as Pipeline).layout,
      entries: manifest.bindings.map(({ access }, binding) => ({
        binding,
        resource:
          access === "uniform" ? { buffer: uniforms, size: manifest.paramsSize } : storage(bound[binding] as number),
      })),
    });
  });
  return { buffers, groups };
}

/** What a program needs beside its pipelines, made in memory that others may use meanwhile. */
interface Made {
  readonly objects: ProgramObjects;
  readonly bound: Bindings;
  /** To be freed with the program. */
  readonly owned: readonly GPUBuffer[];
}

/** Makes what a program binds, in memory that others may use meanwhile; where that fails nothing is left behind. */
export async function makeBound(
  device: Device,
  program: Program,
  compiled: readonly Pipeline[],
  workspace: Workspace,
): Promise<Made> {
  const owned: GPUBuffer[] = [];
  let reservation: Reservation | undefined;
  const free = () => {
    for (const buffer of owned) device.destroyBuffer(buffer);
    reservation?.free();
  };
  const popped = () => Promise.all([device.gpu.popErrorScope(), device.gpu.popErrorScope()]);
  device.gpu.pushErrorScope("out-of-memory");
  device.gpu.pushErrorScope("validation");
  let made: Made;
  try {
    reservation = workspace.reserve(program);
    const objects = makeObjects(device, program, reservation.lent, owned);
    made = { objects, bound: bindObjects(device, program, compiled, objects, reservation.lent), owned };
  } catch (error) {
    free();
    // a scope that stayed open would keep the device's later errors to itself
    popped().catch(() => {});
    throw error;
  }
  const errors = await device.wait(popped()).catch((error) => {
    free();
    throw error;
  });
  const error = errors.find(Boolean);
  if (error) {
    free();
    throw allocationError(program, error);
  }
  if (workspace.intermediates.isDisposed) {
    free();
    throw new DataError(disposedPrograms("this function"));
  }
  reservation.keep();
  return made;
}

function materialize(device: Device, { label, bytes, data }: PlannedBuffer): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer(label, bytes, usage);
  if (data) device.gpu.queue.writeBuffer(buffer, 0, data as Uint8Array<ArrayBuffer>);
  return buffer;
}

function bufferOf(external: ExternalBuffer): GPUBuffer {
  if (external instanceof Arena) return external.buffer;
  throw new Error(`replay: ${external.label} is no arena of a device`);
}

/** What kept the device from making them. */
function allocationError(program: Program, error: GPUError): Error {
  const bytes = program.buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  const text = `compile: ${error.message} (the program needs ${(bytes / 2 ** 20).toFixed(1)} MiB)`;
  return typeof GPUOutOfMemoryError !== "undefined" && error instanceof GPUOutOfMemoryError
    ? new OutOfMemoryError(`${text}; use a smaller batch, a shorter sequence or checkpointEvery`)
    : new KernelError(`${text}; please report this`);
}
