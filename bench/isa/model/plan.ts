// Plans of training steps as GPUs get them, on Dawn's null backend: a device without a driver, on which nothing runs.

import { Device, float32, losses, nn, optim, Trainer } from "../../../src/index.ts";
import { planOf } from "../../engines/seqgrad/support.ts";
import type { PlannedDispatch } from "../../types.ts";
import { threadsOf } from "./threads.ts";

export interface Planned extends PlannedDispatch {
  /** Threads of a workgroup. */
  readonly threads: number;
}

/** A layer with as many inputs as units, and all that a training step has beside it: a loss, gradients of all weights, Adam. */
export interface Shape {
  readonly hidden: number;
  readonly batch: number;
  readonly time: number;
}

const keptAlive: unknown[] = [];

/** Bytes of a buffer that are made at most: the backend has 512 MiB in all. Parameters, which are written, are smaller. */
const MADE = 2 ** 25;

/** What gives itself out as a GPU whose buffers may be large. */
export async function nullDevice(): Promise<Device> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create(["backend=null"]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error("isa: Dawn's null backend gives no adapter");
  const device = await adapter.requestDevice();
  // Dawn crashes where they are collected as garbage while the device lives
  keptAlive.push(gpu, adapter);
  const large = new Proxy(device, {
    get(target, name) {
      if (name === "limits") return largeLimits(target.limits);
      if (name === "createBuffer") {
        return (wanted: GPUBufferDescriptor) => target.createBuffer({ ...wanted, size: Math.min(wanted.size, MADE) });
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return Device.of(large, { name: "none", vendor: "", architecture: "", kind: "hardware" }, [gpu, adapter]);
}

const largeLimits = (limits: GPUSupportedLimits): GPUSupportedLimits =>
  new Proxy(limits, {
    get: (target, name) =>
      name === "maxBufferSize" || name === "maxStorageBufferBindingSize" ? 2 ** 31 : Reflect.get(target, name, target),
  });

/** The step's dispatches by kernel and size, in the order in which they come first. */
export async function planOfLayer(device: Device, { hidden, batch, time }: Shape): Promise<Planned[]> {
  const model = new nn.LSTM(hidden, hidden);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([batch, time, hidden]), y: float32([batch, time, hidden]) },
    loss: ({ x, y }) => losses.meanSquaredError(model.forward(x)[0], y),
    optimizer: optim.adam({ learningRate: 1e-3 }),
    clipNorm: 1,
  });
  const plan = planOf(trainer.replay.program);
  trainer.dispose();
  return plan.map((each) => ({ ...each, threads: threadsOf(each.kernel, each.variant) }));
}
