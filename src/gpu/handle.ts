import type { AdapterProfile } from "../graph/lowering.ts";
import type { PipelineCache } from "./pipeline.ts";

/** What the parts of a device know of it. */
export interface GpuHandle {
  readonly gpu: GPUDevice;
  readonly profile: AdapterProfile;
  readonly pipelines: PipelineCache;
  check(): void;
  wait<T>(work: Promise<T>): Promise<T>;
  createBuffer(label: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer;
  destroyBuffer(buffer: GPUBuffer): void;
  createBindGroup(descriptor: GPUBindGroupDescriptor): GPUBindGroup;
}
