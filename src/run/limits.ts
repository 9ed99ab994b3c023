import { KernelError } from "../errors.ts";
import type { Device } from "../gpu/device.ts";
import { fillRandom } from "../gpu/random.ts";
import { fill } from "../kernels/generated/elementwise.ts";
import { peak_copy, peak_flops } from "../kernels/generated/peak.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { linearWorkgroups } from "../ops/dispatch/workgroups.ts";
import { packParams } from "../plan/params.ts";
import type { PlannedBuffer, Port, Program } from "../plan/program.ts";
import { Replay } from "./replay.ts";
import { Timestamps } from "./timestamps.ts";

/** What an adapter can do at most, by measurement with small kernels of ours. */
export interface AdapterPeaks {
  /** 10⁹ floating-point operations per second: float32 multiply-adds in registers, two operations each. */
  readonly gflops: number;
  /** 10⁹ bytes per second read and written together, by a copy too large for most caches. */
  readonly gbps: number;
  /** What a dispatch costs at least, inside a pass and with a barrier to the one before. */
  readonly dispatchMicroseconds: number;
}

/** A measurement lasts at least this long: browsers round timestamps to 0.1 ms. */
const LONG_ENOUGH = 5e-3;
const REPETITIONS = 8;

const measured = new WeakMap<Device, Promise<AdapterPeaks>>();

/** @internal The adapter's peaks; measured once per device, in a fraction of a second. */
export function measurePeaks(device: Device): Promise<AdapterPeaks> {
  let peaks = measured.get(device);
  if (!peaks) {
    peaks = measure(device);
    measured.set(device, peaks);
    peaks.catch(() => measured.delete(device));
  }
  return peaks;
}

async function measure(device: Device): Promise<AdapterPeaks> {
  return {
    gflops: Math.max(await peakFlops(device, "default"), await peakFlops(device, "fused")) / 1e9,
    gbps: (await peakCopy(device)) / 1e9,
    dispatchMicroseconds: (await dispatchSeconds(device)) * 1e6,
  };
}

/** Independent sums of peak_flops, and its steps in one turn of the loop. */
const CHAINS = 3;
const STEPS_PER_TURN = 32;

async function peakFlops(device: Device, variant: string): Promise<number> {
  const threads = device.adapter.kind === "software" ? 2 ** 13 : 2 ** 18;
  return untilLong(2 ** 3, 2 ** 15, (turns) => {
    const steps = turns * STEPS_PER_TURN;
    const y: Port = { buffer: 0, offset: 0, shape: [4 * threads], dtype: "float32" };
    const params = { size: threads, turns, a: 1, b: 1, y_offset: 0 };
    const program = single(peak_flops, variant, [16 * threads], params, linearWorkgroups(threads), 1, { y });
    return withReplay(device, program, async (replay) => {
      const seconds = await fastest(replay);
      const sums = await replay.tensor("y").read();
      const wrong = sums.findIndex((sum, i) => {
        const start = 1 + (i % 4) + (Math.floor(i / 4) % 8);
        return sum !== CHAINS * (start + steps) + 3;
      });
      if (wrong >= 0) throw wrongResult(peak_flops, `y[${wrong}] is ${sums[wrong]} after ${steps} steps`);
      return { seconds, rate: (threads * CHAINS * 4 * 2 * steps) / seconds };
    });
  });
}

/** vec4 of a workgroup of peak_copy. */
const COPIED_PER_WORKGROUP = 64 * 16;

async function peakCopy(device: Device): Promise<number> {
  const wanted = device.adapter.kind === "software" ? 2 ** 24 : 2 ** 26;
  const bytes = Math.min(wanted, device.profile.limits.maxStorageBufferBindingSize);
  const size = Math.floor(bytes / 16);
  const part = Math.min(1024, 4 * size);
  const port = (buffer: number, offset: number): Port => ({ buffer, offset, shape: [part], dtype: "float32" });
  const end = 4 * size - part;
  const ports = { x0: port(0, 0), y0: port(1, 0), x1: port(0, end), y1: port(1, end) };
  const params = { size, x_offset: 0, y_offset: 0 };
  // as many threads as linearWorkgroups has in its workgroups of 64
  const workgroups = linearWorkgroups(Math.ceil(size / COPIED_PER_WORKGROUP) * 64);
  return untilLong(1, 2 ** 10, (copies) => {
    const program = single(peak_copy, "default", [16 * size, 16 * size], params, workgroups, copies, ports);
    return withReplay(device, program, async (replay) => {
      const x = { buffer: replay.buffers[0] as GPUBuffer, offset: 0, size: 4 * size };
      await fillRandom(device, x, { kind: "uniform", a: -1, b: 1, seed: 1, stream: 0 });
      const seconds = await fastest(replay);
      for (const place of [0, 1]) {
        const [from, to] = [await replay.tensor(`x${place}`).read(), await replay.tensor(`y${place}`).read()];
        const wrong = from.findIndex((value, i) => value !== to[i]);
        if (wrong >= 0) throw wrongResult(peak_copy, `element ${wrong} of part ${place} is ${to[wrong]}`);
      }
      return { seconds, rate: (2 * 16 * size * copies) / seconds };
    });
  });
}

async function dispatchSeconds(device: Device): Promise<number> {
  const count = 1000;
  const program = single(fill, "default", [16], { size: 0, value: 0, y_offset: 0 }, [1, 1], count, {});
  return withReplay(device, program, async (replay) => (await fastest(replay)) / count);
}

/** Takes four times the work until a run is long enough to be timed. */
async function untilLong(
  first: number,
  last: number,
  run: (work: number) => Promise<{ seconds: number; rate: number }>,
): Promise<number> {
  for (let work = first; ; work *= 4) {
    const { seconds, rate } = await run(work);
    if (seconds >= LONG_ENOUGH || 4 * work > last) return rate;
  }
}

/** A program of one kernel, dispatched `count` times alike. Buffers are given by their bytes, in binding order. */
function single(
  { manifest }: Kernel,
  variant: string,
  bytes: readonly number[],
  params: Readonly<Record<string, number>>,
  [x, y]: readonly [number, number],
  count: number,
  outputs: Readonly<Record<string, Port>>,
): Program {
  const buffers = bytes.map(
    (size, i): PlannedBuffer => ({ label: `${manifest.name} ${i}`, bytes: size, kind: "output" }),
  );
  const dispatch = { pipeline: 0, bindGroup: 0, paramsOffset: 0, workgroups: [x, y, 1], flops: 0, bytes: 0 } as const;
  return {
    buffers,
    pipelines: [{ kernel: manifest.name, variant }],
    bindGroups: [{ pipeline: 0, buffers: buffers.map((_, i) => i) }],
    dispatches: new Array(count).fill(dispatch),
    uniforms: packParams(manifest, params),
    inputs: new Map(),
    outputs: new Map(Object.entries(outputs)),
    cuts: [],
    choices: [],
    notes: [],
  };
}

async function withReplay<T>(device: Device, program: Program, use: (replay: Replay) => Promise<T>): Promise<T> {
  const replay = await Replay.create(device, program);
  try {
    return await use(replay);
  } finally {
    replay.dispose();
  }
}

/** Seconds of the fastest of several runs, each one pass. */
async function fastest(replay: Replay): Promise<number> {
  const { device } = replay;
  const timestamps = new Timestamps(device, REPETITIONS, "measurePeaks");
  try {
    const encoder = device.gpu.createCommandEncoder({ label: "measure peaks" });
    for (let i = 0; i < REPETITIONS; i++) {
      const pass = encoder.beginComputePass({ timestampWrites: timestamps.writes(i) });
      replay.encode(pass, 0, replay.program.dispatches.length);
      pass.end();
    }
    timestamps.resolve(encoder);
    device.gpu.queue.submit([encoder.finish()]);
    // a clock so coarse that it shows nothing must not make the rate infinite
    return Math.max(1e-7, Math.min(...(await timestamps.read())));
  } finally {
    timestamps.dispose();
  }
}

const wrongResult = ({ manifest }: Kernel, what: string): KernelError =>
  new KernelError(
    `${manifest.file}:1: gives a wrong result on this adapter: ${what}; update the driver or use another adapter`,
  );
