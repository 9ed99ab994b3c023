/**
 * Counts what any engine in this page asks of WebGPU, by standing between it and the browser's own methods. Engines work
 * one after the other, so what is counted belongs to the one whose turn it is.
 */
export interface Counts {
  readonly dispatches: number;
  readonly submits: number;
}

/** Errors that an engine's device told of to nobody in particular, by engine: its times would be those of work not done. */
const errors = new Map<string, string>();
let ownerName = "";

let dispatches = 0;
let submits = 0;
let owner: { alive: number; peak: number } = { alive: 0, peak: 0 };
const owners = new Map<string, { alive: number; peak: number }>();
const buffers = new WeakMap<GPUBuffer, { bytes: number; owner: { alive: number } }>();

/** Puts `replacement` around a method. */
function wrap<T extends object, K extends keyof T>(prototype: T, name: K, before: (self: T) => void): void {
  const original = prototype[name] as (...args: unknown[]) => unknown;
  prototype[name] = function (this: T, ...args: unknown[]) {
    before(this);
    return original.apply(this, args);
  } as T[K];
}

/** Must run before any engine holds on to a method. */
export function installCounters(): void {
  wrap(GPUQueue.prototype, "submit", () => submits++);
  wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => dispatches++);
  wrap(GPUComputePassEncoder.prototype, "dispatchWorkgroupsIndirect", () => dispatches++);
  wrap(GPUBuffer.prototype, "destroy", (buffer) => {
    const known = buffers.get(buffer);
    if (known) known.owner.alive -= known.bytes;
    buffers.delete(buffer);
  });
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor) {
    const requester = ownerName;
    const device = await request.call(this, descriptor);
    device.addEventListener("uncapturederror", ({ error }) => {
      errors.set(requester, errors.get(requester) ?? error.message);
    });
    return device;
  };
  const create = GPUDevice.prototype.createBuffer;
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor: GPUBufferDescriptor) {
    const buffer = create.call(this, descriptor);
    buffers.set(buffer, { bytes: descriptor.size, owner });
    owner.alive += descriptor.size;
    owner.peak = Math.max(owner.peak, owner.alive);
    return buffer;
  };
}

/** Whose turn it is from here on. */
export function countFor(name: string): void {
  ownerName = name;
  owner = owners.get(name) ?? { alive: 0, peak: 0 };
  owners.set(name, owner);
}

/** What WebGPU refused an engine, if anything. */
export const refused = (name: string): string | undefined => errors.get(name);

export const counts = (): Counts => ({ dispatches, submits });

/** Most bytes of buffers that were alive at a time. Buffers that were left to the garbage collector count as alive. */
export const peakBytes = (name: string): number => owners.get(name)?.peak ?? 0;
