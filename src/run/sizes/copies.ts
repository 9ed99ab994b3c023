import type { Device } from "../../gpu/device.ts";
import { toTyped } from "../../gpu/host-data.ts";
import { Tensor, type TensorData } from "../../gpu/tensor.ts";
import { type InputSpec, sizedSpec } from "./specs.ts";
import type { Sizes } from "./types.ts";

/** What a run was given, as it was at the call. */
export interface Copies {
  readonly data: Map<string, TensorData | undefined>;
  /** When the run was submitted. */
  readonly free: () => void;
}

/** Copies data of a run that has to wait: callers may change their arrays, and later runs overwrite tensors. */
export function copies(
  device: Device,
  specs: ReadonlyMap<string, InputSpec>,
  sizes: Sizes,
  given: ReadonlyMap<string, TensorData | undefined>,
): Copies {
  const data = new Map<string, TensorData | undefined>();
  const tensors: Tensor[] = [];
  for (const [name, each] of given) {
    if (each instanceof Tensor) {
      each.checkCurrent();
      tensors.push(each);
    } else if (each !== undefined)
      data.set(name, toTyped(name, each, sizedSpec(specs.get(name) as InputSpec, sizes)).slice());
    else data.set(name, undefined);
  }
  const usage = () => GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers = new Map(
    tensors.map((tensor) => [tensor, device.createBuffer("input that waits", tensor.byteLength, usage())]),
  );
  if (buffers.size > 0) {
    const encoder = device.gpu.createCommandEncoder({ label: "inputs that wait" });
    for (const [{ buffer, byteOffset, byteLength }, copy] of buffers) {
      encoder.copyBufferToBuffer(buffer, byteOffset, copy, 0, byteLength);
    }
    device.gpu.queue.submit([encoder.finish()]);
  }
  for (const [name, each] of given) {
    if (each instanceof Tensor) data.set(name, Tensor.at(each.device, buffers.get(each) as GPUBuffer, 0, each));
  }
  return {
    data,
    free() {
      for (const buffer of buffers.values()) device.destroyBuffer(buffer);
    },
  };
}
