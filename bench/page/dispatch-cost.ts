/** What a dispatch costs in this browser: encoding, submitting and waiting apart, in some ways to hand the work over. */
import type { Device } from "../../src/index.ts";
import { type DispatchCost, dispatchWays, type Quartiles } from "../types.ts";
import { quartiles } from "./timing.ts";

/** One thread adds 1 to one number: next to nothing to compute, and each dispatch has to wait for the one before. */
const wgsl = (params: string): string => `struct Params { at: u32 }
@group(0) @binding(0) var<storage, read_write> counts: array<u32>;
${params} params: Params;
@compute @workgroup_size(1) fn count() { counts[params.at] += 1u; }`;

/** As steps of time do, dispatches differ in an offset of their parameters. */
const SLOTS = 64;
const ROUNDS = 15;
/** A sample grows until JavaScript's share takes this many of the clock's ticks, or all of it this long. */
const TICKS = 20;
const ENOUGH_MS = 100;
const [FEWEST, MOST] = [256, 32_768];

type Way = (typeof dispatchWays)[number];

interface Sample {
  readonly encode: number;
  readonly submit: number;
  readonly wait: number;
}

export async function measureDispatchCost({ gpu }: Device): Promise<DispatchCost> {
  const work = await openWork(gpu);
  const clockMicros = 1000 * clockTick();
  const ways = dispatchWays.filter((way) => way !== "immediates" || hasImmediates(gpu));
  const sizes: Record<Way, number> = {
    "one pass": FEWEST,
    immediates: FEWEST,
    "pass each": FEWEST,
    "submit each": FEWEST,
  };
  for (const way of ways) {
    await work.sample(way, FEWEST);
    while (sizes[way] < MOST && isTooSmall(await work.sample(way, sizes[way]), clockMicros)) sizes[way] *= 2;
  }
  const samples: Record<Way, Sample[]> = { "one pass": [], immediates: [], "pass each": [], "submit each": [] };
  const trips: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
      samples[way].push(await work.sample(way, sizes[way]));
    }
    trips.push(1000 * (await work.roundTrip()));
  }
  await work.check();
  const each = (way: Way, part: keyof Sample): Quartiles =>
    quartiles(samples[way].map((sample) => (1000 * sample[part]) / sizes[way]));
  return {
    rounds: ROUNDS,
    clockMicros,
    ways: ways.map((way) => ({
      way,
      dispatches: sizes[way],
      encode: each(way, "encode"),
      submit: each(way, "submit"),
      wait: each(way, "wait"),
    })),
    roundTrip: quartiles(trips),
  };
}

const isTooSmall = ({ encode, submit, wait }: Sample, clockMicros: number): boolean =>
  1000 * (encode + submit) < TICKS * clockMicros && encode + submit + wait < ENOUGH_MS;

/** The smallest step that the clock makes, in ms. */
function clockTick(): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    let now = start;
    while (now === start) now = performance.now();
    smallest = Math.min(smallest, now - start);
  }
  return smallest;
}

/** Not in all browsers yet: Firefox and Deno have none. */
const hasImmediates = ({ limits }: GPUDevice): boolean =>
  (limits.maxImmediateSize ?? 0) >= 4 && "setImmediates" in GPUComputePassEncoder.prototype;

async function openWork(gpu: GPUDevice) {
  const stride = gpu.limits.minUniformBufferOffsetAlignment;
  const { STORAGE, COPY_SRC, COPY_DST, UNIFORM, MAP_READ } = GPUBufferUsage;
  const counts = gpu.createBuffer({ label: "dispatch cost: counts", size: 4 * SLOTS, usage: STORAGE | COPY_SRC });
  const params = gpu.createBuffer({ label: "dispatch cost: params", size: SLOTS * stride, usage: UNIFORM | COPY_DST });
  const staging = gpu.createBuffer({ label: "dispatch cost: read", size: 4 * SLOTS, usage: MAP_READ | COPY_DST });
  const data = new Uint32Array((SLOTS * stride) / 4);
  for (let slot = 0; slot < SLOTS; slot++) data[(slot * stride) / 4] = slot;
  gpu.queue.writeBuffer(params, 0, data);
  const byOffset = await openKernel(gpu, { counts, params });
  const byImmediate = hasImmediates(gpu) ? await openKernel(gpu, { counts }) : undefined;
  const slots = Uint32Array.from({ length: SLOTS }, (_, slot) => slot);
  // taken from a typed array, as replays do: a list would be garbage
  const offsets = slots.map((slot) => slot * stride);
  let asked = 0;

  function record(encoder: GPUCommandEncoder, first: number, count: number): void {
    const pass = encoder.beginComputePass();
    pass.setPipeline(byOffset.pipeline);
    for (let i = first; i < first + count; i++) {
      pass.setBindGroup(0, byOffset.group, offsets, i % SLOTS, 1);
      pass.dispatchWorkgroups(1);
    }
    pass.end();
    asked += count;
  }

  function recordImmediates(encoder: GPUCommandEncoder, { pipeline, group }: Kernel, count: number): void {
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < count; i++) {
      pass.setImmediates(0, slots, i % SLOTS, 1);
      pass.dispatchWorkgroups(1);
    }
    pass.end();
    asked += count;
  }

  async function readCounts(slots: number): Promise<Uint32Array> {
    const encoder = gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(counts, 0, staging, 0, 4 * slots);
    gpu.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ, 0, 4 * slots);
    const read = new Uint32Array(staging.getMappedRange(0, 4 * slots).slice(0));
    staging.unmap();
    return read;
  }

  return {
    async sample(way: Way, dispatches: number): Promise<Sample> {
      const passes = way === "one pass" || way === "immediates" ? 1 : dispatches;
      const encoders = way === "submit each" ? dispatches : 1;
      const begin = performance.now();
      const buffers: GPUCommandBuffer[] = [];
      for (let at = 0; at < encoders; at++) {
        const encoder = gpu.createCommandEncoder();
        if (way === "immediates" && byImmediate) recordImmediates(encoder, byImmediate, dispatches);
        else for (let pass = 0; pass < passes / encoders; pass++) record(encoder, at + pass, dispatches / passes);
        buffers.push(encoder.finish());
      }
      const encoded = performance.now();
      // call by call, not as one list: what is asked is the cost of a call
      for (const buffer of buffers) gpu.queue.submit([buffer]);
      const submitted = performance.now();
      await gpu.queue.onSubmittedWorkDone();
      return { encode: encoded - begin, submit: submitted - encoded, wait: performance.now() - submitted };
    },
    async roundTrip(): Promise<number> {
      const begin = performance.now();
      await readCounts(1);
      return performance.now() - begin;
    },
    /** What did not happen costs nothing. */
    async check(): Promise<void> {
      const done = (await readCounts(SLOTS)).reduce((sum, count) => sum + count, 0);
      if (done !== asked) throw new Error(`of ${asked} dispatches ${done} were run`);
    },
  };
}

interface Kernel {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
}

/** With parameters in a buffer at dynamic offsets, or as immediates where there is none. */
async function openKernel(
  gpu: GPUDevice,
  { counts, params }: { readonly counts: GPUBuffer; readonly params?: GPUBuffer },
): Promise<Kernel> {
  const visibility = GPUShaderStage.COMPUTE;
  const dynamic: GPUBufferBindingLayout = { type: "uniform", hasDynamicOffset: true };
  const layout = gpu.createBindGroupLayout({
    entries: [
      { binding: 0, visibility, buffer: { type: "storage" } },
      ...(params ? [{ binding: 1, visibility, buffer: dynamic }] : []),
    ],
  });
  const code = wgsl(params ? "@group(0) @binding(1) var<uniform>" : "var<immediate>");
  const pipeline = await gpu.createComputePipelineAsync({
    layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout], ...(params ? {} : { immediateSize: 4 }) }),
    compute: { module: gpu.createShaderModule({ code }) },
  });
  const group = gpu.createBindGroup({
    layout,
    entries: [
      { binding: 0, resource: { buffer: counts } },
      ...(params ? [{ binding: 1, resource: { buffer: params, size: 4 } }] : []),
    ],
  });
  return { pipeline, group };
}
