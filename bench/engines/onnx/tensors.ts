import { Tensor } from "onnxruntime-web/webgpu";

export function onGpu(device: GPUDevice, data: Float32Array, dims: readonly number[]): Tensor {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffer = device.createBuffer({ size: Math.max(16, data.byteLength), usage });
  device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
  return Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims });
}

export async function readOne(device: GPUDevice, { location, gpuBuffer }: Tensor): Promise<void> {
  if (location !== "gpu-buffer") throw new Error(`ONNX Runtime left its output in ${location}`);
  const staging = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(gpuBuffer, 0, staging, 0, 4);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const [value] = new Float32Array(staging.getMappedRange().slice(0, 4));
  staging.destroy();
  if (!Number.isFinite(value)) throw new Error(`ONNX Runtime gives ${value}`);
}
