import { DeviceLostError, OutOfMemoryError } from "../errors.ts";
import type { AdapterProfile } from "../graph/lowering.ts";
import { checkArgument, instanceOf, required } from "../options.ts";
import type { AdapterDescription } from "./adapter.ts";
import { refusal, Suspects } from "./failures.ts";
import { ParameterStore } from "./parameters.ts";
import { PipelineCache } from "./pipeline.ts";
import { StagingPool } from "./staging.ts";
import { adapterKey, TuningMemory } from "./tuning/memory.ts";
import { Waiting } from "./waiting.ts";

/** What a device has made so far; tests watch these. */
export interface DeviceCounters {
  buffers: number;
  bindGroups: number;
  submits: number;
  dispatches: number;
  /** Bytes of the buffers that are alive. */
  bytes: number;
}

/** An open GPU: pipelines, parameters and buffers belong to one. Dispose of it to free all GPU memory. */
export class Device {
  /** @internal */
  readonly profile: AdapterProfile;
  /** What was made and run on the device so far. */
  readonly counters: DeviceCounters = { buffers: 0, bindGroups: 0, submits: 0, dispatches: 0, bytes: 0 };
  /** @internal */
  readonly pipelines: PipelineCache;
  /** @internal */
  readonly parameters: ParameterStore;
  /** @internal */
  readonly staging: StagingPool;
  /** Rejects with DeviceLostError when the GPU goes away; never resolves. */
  readonly lost: Promise<never>;
  /** The loss, or what WebGPU refused and no program's scope caught; all that follows rejects with it. */
  #failure: Error | null = null;
  readonly #waiting: Waiting;
  /** @internal Whose work runs without a scope of its own. */
  readonly suspects: Suspects = new Suspects();

  private constructor(
    /** @internal */
    readonly gpu: GPUDevice,
    readonly adapter: AdapterDescription,
    /** @internal Held for the device's life: Node's bindings crash where their instance or adapter is garbage collected before. */
    readonly owners: readonly object[] = [],
    /** @internal What has been measured; it chooses in all programs that are compiled from then on. */
    readonly tuning: TuningMemory = new TuningMemory(adapterKey(adapter)),
  ) {
    const { limits } = gpu;
    this.profile = { kind: adapter.kind, features: new Set(gpu.features), limits, measured: tuning.choices };
    this.pipelines = new PipelineCache(gpu);
    this.staging = new StagingPool(this);
    this.parameters = new ParameterStore(this, this.staging);
    this.#waiting = new Waiting(gpu.queue, () => gpu.createCommandEncoder({ label: "nudge" }).finish());
    this.lost = gpu.lost.then(({ reason, message }) => {
      const loss = this.#lossOf(reason, message);
      this.#fail(loss);
      this.#waiting.end(this.#failure ?? loss);
      throw this.#failure;
    });
    // who does not look at it is told elsewhere
    this.lost.catch(() => {});
    gpu.addEventListener("uncapturederror", ({ error }: GPUUncapturedErrorEvent) => {
      if (this.suspects.blame(error)) return;
      this.#fail(refusal(error, "device", "open a new device, and please report this"));
    });
  }

  /** @internal */
  static of(gpu: GPUDevice, adapter: AdapterDescription, owners: readonly object[], tuning?: TuningMemory): Device {
    return new Device(gpu, adapter, owners, tuning);
  }

  /** Throws what went wrong on the GPU since it was opened. */
  check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** @internal Waits for GPU work, or for the device's loss. */
  async wait<T>(work: Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await this.#waiting.for(work);
    } catch (error) {
      // what fails because the GPU went away may fail before the loss is told
      const delay = new Promise((resolve) => setTimeout(resolve, LOSS_DELAY_MS));
      if (!this.#failure) await this.#waiting.for(delay).catch(() => {});
      this.check();
      throw error;
    }
    this.suspects.answered();
    this.check();
    return result;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
  }

  #lossOf(reason: GPUDeviceLostReason, message: string): DeviceLostError {
    const why = reason === "destroyed" ? "was disposed of" : "was lost";
    return new DeviceLostError(
      `device: ${this.adapter.name} ${why}${message ? ` (${message})` : ""}; open a new device and load the last checkpoint`,
    );
  }

  /** @internal */
  createBuffer(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    const { maxBufferSize } = this.profile.limits;
    if (size > maxBufferSize) {
      throw new OutOfMemoryError(
        `device: buffer ${label} needs ${size} bytes, expected at most ${maxBufferSize} on this adapter; use a smaller batch or a shorter sequence`,
      );
    }
    const buffer = this.gpu.createBuffer({ label, size, usage });
    this.counters.buffers++;
    this.counters.bytes += size;
    return buffer;
  }

  /** @internal */
  destroyBuffer(buffer: GPUBuffer): void {
    this.counters.bytes -= buffer.size;
    buffer.destroy();
  }

  /** @internal */
  createBindGroup(descriptor: GPUBindGroupDescriptor): GPUBindGroup {
    this.counters.bindGroups++;
    return this.gpu.createBindGroup(descriptor);
  }

  /** Resolves when all submitted work is done. */
  async idle(): Promise<void> {
    await this.wait(this.gpu.queue.onSubmittedWorkDone());
  }

  /** Frees all GPU memory of this device. What is still pending rejects with DeviceLostError. */
  dispose(): void {
    // at once: the loss itself is told later
    this.#fail(this.#lossOf("destroyed", ""));
    this.gpu.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Throws ArgumentError unless it is a device, and what went wrong on it unless it may be closed. */
export function checkDevice(op: string, device: unknown, state: "open" | "open or not" = "open"): void {
  checkArgument(op, "device", device, aDevice);
  if (state === "open") (device as Device).check();
}

const aDevice = required(instanceOf(Device, "a device of openDevice"));

const LOSS_DELAY_MS = 50;
