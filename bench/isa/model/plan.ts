// Plans of training steps as GPUs get them, on Dawn's null backend: a device without a driver, on which nothing runs.

import { Device, float32, losses, nn, optim, Trainer } from "../../../src/index.ts";
import { kernels } from "../../../src/kernels/generated/all.ts";
import type { Kernel } from "../../../src/kernels/kernel.ts";
import { specialize } from "../../../src/kernels/specialize.ts";

/** Dispatches of one kernel that are alike. */
export interface Planned {
  readonly kernel: string;
  readonly variant: string;
  readonly count: number;
  readonly workgroups: number;
  /** Threads of a workgroup. */
  readonly threads: number;
  /** Operations of one dispatch. */
  readonly flops: number;
  /** Bytes of storage that it spans at most. */
  readonly bytes: number;
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
export async function planOf(device: Device, { hidden, batch, time }: Shape): Promise<Planned[]> {
  const model = new nn.LSTM(hidden, hidden);
  const trainer = await Trainer.create(device, model, {
    inputs: { x: float32([batch, time, hidden]), y: float32([batch, time, hidden]) },
    loss: ({ x, y }) => losses.meanSquaredError(model.forward(x)[0], y),
    optimizer: optim.adam({ learningRate: 1e-3 }),
    clipNorm: 1,
  });
  const { pipelines, dispatches } = trainer.replay.program;
  const groups = new Map<string, Planned>();
  for (const {
    pipeline,
    workgroups: [x, y, z],
    flops,
    bytes,
  } of dispatches) {
    const { kernel, variant } = pipelines[pipeline] as (typeof pipelines)[number];
    const one = { kernel, variant, workgroups: x * y * z, threads: threadsOf(kernel, variant), flops, bytes };
    const key = JSON.stringify(one);
    groups.set(key, { ...one, count: (groups.get(key)?.count ?? 0) + 1 });
  }
  trainer.dispose();
  return [...groups.values()];
}

/** Threads of a kernel's workgroup: its WORKGROUP_SIZE, from constants that are sums and products of others. */
function threadsOf(name: string, variant: string): number {
  const { manifest } = Object.values(kernels as Record<string, Kernel>).find(
    (kernel) => kernel.name === name,
  ) as Kernel;
  const { code, constants } = specialize(manifest, variant);
  const known = new Map<string, number>(Object.entries(constants));
  const sizes =
    /@workgroup_size\(([^)]*)\)/
      .exec(code)?.[1]
      ?.split(",")
      .filter((size) => size.trim()) ?? [];
  const declared = new Map(
    [...code.matchAll(/^(?:const|override) (\w+)(?:: \w+)? = (.*?);/gm)].map(([, name, text]) => [
      name as string,
      text as string,
    ]),
  );
  const numberOf = (text: string): number => {
    const plain = text.replace(/(\d)u\b/g, "$1").replace(/[A-Za-z_]\w*/g, (word) => {
      if (word === "select" || word === "true" || word === "false" || word === "min" || word === "max") return word;
      if (!known.has(word)) known.set(word, numberOf(declared.get(word) ?? "NaN"));
      return String(known.get(word));
    });
    // of this project's own kernels alone
    const run = new Function("select", "min", "max", `return Number(${plain})`);
    return Math.floor(run((no: number, yes: number, is: boolean) => (is ? yes : no), Math.min, Math.max));
  };
  return sizes.reduce((product, size) => product * numberOf(size), 1);
}
