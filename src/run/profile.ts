import { Failures } from "../gpu/failures.ts";
import { kernelNamed } from "../kernels/kernel.ts";
import { checkOptions, numberWithin } from "../options.ts";
import { formatTable } from "../plan/describe.ts";
import type { Program } from "../plan/program.ts";
import { type AdapterPeaks, measurePeaks } from "./limits.ts";
import type { Replay } from "./replay.ts";
import { requireTimestamps, Timestamps } from "./timestamps.ts";

/** Options of `profile`. */
export interface ProfileOptions {
  /**
   * Times are means over the middle half of this many runs, which neither outliers nor a clock of coarse ticks, as
   * browsers have, distort; 5, and 1000 at most. One more run goes before them to warm up.
   */
  readonly repetitions?: number;
}

/** What a kernel costs in one run of the program. */
export interface ProfileRow {
  /** With its variant, if it is not the default one. */
  readonly kernel: string;
  /** Dispatches of a run. */
  readonly calls: number;
  /** Of all calls together. */
  readonly milliseconds: number;
  /** Thousand million operations on floats a second, by the shapes. */
  readonly gflops: number;
  /** By the size of the tensors that it is given: an upper bound where it touches only a part of them. */
  readonly gbps: number;
  /**
   * Share of what the adapter can do: of its measured peak of operations or of memory, whichever is nearer. Above 1 where
   * tensors stay in a cache.
   */
  readonly share: number;
}

/** Times of the kernels of a program, measured by the clock of the GPU. */
export interface Profile {
  /** What the adapter calls itself. */
  readonly adapter: string;
  /** What the adapter was measured to do at most. */
  readonly peaks: AdapterPeaks;
  /** By time, longest first. */
  readonly rows: readonly ProfileRow[];
  /** All rows together. */
  readonly total: Omit<ProfileRow, "kernel">;
  /** The rows as text, for a console. */
  table(): string;
}

const MOST_REPETITIONS = 1000;
const repetitions = numberWithin(
  `an integer from 1 to ${MOST_REPETITIONS}`,
  (value) => Number.isInteger(value) && value >= 1 && value <= MOST_REPETITIONS,
);

/**
 * @internal Runs a program with a clock around each dispatch, on the inputs of its last run. Nothing that outlives a run is changed:
 * whatever the program writes of parameters, optimizer state and carried state is copied aside before and put back after,
 * on the GPU and without a pause in which another step could come between.
 */
export async function profileReplay(replay: Replay, options: ProfileOptions, prepare: () => void): Promise<Profile> {
  checkOptions<ProfileOptions>("profile", options, { repetitions });
  const { device, program } = replay;
  requireTimestamps(device, "profile");
  const peaks = await measurePeaks(device);
  const dispatchCount = program.dispatches.length;
  const runs = (options.repetitions ?? 5) + 1;
  replay.checkUsable();
  const making = new Failures(
    device.gpu,
    "profile (a copy of parameters and optimizer state, and times)",
    "profile a smaller model",
  );
  const kept: { readonly buffer: GPUBuffer; readonly copy: GPUBuffer }[] = [];
  let timestamps: Timestamps | undefined;
  try {
    const { result, settled } = making.allocate(() => {
      for (const buffer of lastingBuffers(replay)) {
        const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
        kept.push({ buffer, copy: device.createBuffer("profile copy", buffer.size, usage) });
      }
      return new Timestamps(device, dispatchCount * runs, "profile");
    });
    timestamps = result;
    await device.wait(settled);
    making.check();
    replay.checkUsable();
    // no await from here to the last submit: this is what keeps other steps out
    replay.failures.run(() => {
      prepare();
      const first = device.gpu.createCommandEncoder({ label: "profile" });
      for (const { buffer, copy } of kept) first.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
      device.gpu.queue.submit([first.finish()]);
      for (let run = 0; run < runs; run++) submitTimed(replay, result, run * dispatchCount);
      const last = device.gpu.createCommandEncoder({ label: "profile" });
      for (const { buffer, copy } of kept) last.copyBufferToBuffer(copy, 0, buffer, 0, buffer.size);
      result.resolve(last);
      device.gpu.queue.submit([last.finish()]);
    });
    const spans = await result.read();
    replay.failures.check();
    return summarize(program, spans, runs, peaks, device.adapter.name);
  } finally {
    for (const { copy } of kept) device.destroyBuffer(copy);
    timestamps?.dispose();
  }
}

/** One run, a pass for each dispatch. */
function submitTimed(replay: Replay, timestamps: Timestamps, firstSpan: number): void {
  const { device, program } = replay;
  const ends = [...program.cuts, program.dispatches.length];
  let i = 0;
  for (const end of ends) {
    const encoder = device.gpu.createCommandEncoder({ label: "profile" });
    for (; i < end; i++) {
      const pass = encoder.beginComputePass({ timestampWrites: timestamps.writes(firstSpan + i) });
      replay.encode(pass, i, i + 1);
      pass.end();
    }
    device.gpu.queue.submit([encoder.finish()]);
  }
}

/** Buffers that the program writes and whose contents a later run, or another program, reads. */
function lastingBuffers({ program, buffers }: Replay): GPUBuffer[] {
  const written = new Set<number>();
  for (const { pipeline, buffers: bound } of program.bindGroups) {
    const { kernel } = program.pipelines[pipeline] as Program["pipelines"][number];
    const { bindings } = kernelNamed(kernel);
    bindings.forEach(({ access }, i) => {
      if (access === "read_write") written.add(bound[i] as number);
    });
  }
  return [...written]
    .filter((i) => ["external", "input"].includes(program.buffers[i]?.kind ?? ""))
    .map((i) => buffers[i] as GPUBuffer);
}

interface Sums {
  calls: number;
  flops: number;
  bytes: number;
  /** Of each run. */
  readonly seconds: number[];
}

function summarize(program: Program, spans: Float64Array, runs: number, peaks: AdapterPeaks, adapter: string): Profile {
  const count = program.dispatches.length;
  const newSums = (): Sums => ({ calls: 0, flops: 0, bytes: 0, seconds: new Array(runs).fill(0) });
  const byKernel = new Map<string, Sums>();
  const all = newSums();
  program.dispatches.forEach(({ pipeline, flops, bytes }, i) => {
    const { kernel, variant } = program.pipelines[pipeline] as Program["pipelines"][number];
    const name = variant === "default" ? kernel : `${kernel} (${variant})`;
    const own = byKernel.get(name) ?? newSums();
    byKernel.set(name, own);
    for (const sums of [own, all]) {
      sums.calls++;
      sums.flops += flops;
      sums.bytes += bytes;
      for (let run = 0; run < runs; run++) {
        sums.seconds[run] = (sums.seconds[run] as number) + (spans[run * count + i] as number);
      }
    }
  });
  const rows = [...byKernel]
    .map(([kernel, sums]) => ({ kernel, ...rates(sums, peaks) }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
  const total = rates(all, peaks);
  return { adapter, peaks, rows, total, table: () => formatProfile(rows, total, peaks, adapter) };
}

function rates({ calls, flops, bytes, seconds }: Sums, peaks: AdapterPeaks): Omit<ProfileRow, "kernel"> {
  // the first run warms up
  const time = middleMean(seconds.slice(1));
  const perSecond = (amount: number) => (time > 0 ? amount / time / 1e9 : 0);
  const [gflops, gbps] = [perSecond(flops), perSecond(bytes)];
  return {
    calls,
    milliseconds: time * 1e3,
    gflops,
    gbps,
    share: Math.max(gflops / peaks.gflops, gbps / peaks.gbps),
  };
}

/** The mean without the lowest and the highest quarter. */
function middleMean(values: readonly number[]): number {
  const cut = Math.floor(values.length / 4);
  const middle = [...values].sort((a, b) => a - b).slice(cut, values.length - cut);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

function formatProfile(
  rows: readonly ProfileRow[],
  total: Omit<ProfileRow, "kernel">,
  peaks: AdapterPeaks,
  adapter: string,
): string {
  const cells = ({ kernel, calls, milliseconds, gflops, gbps, share }: ProfileRow) => [
    kernel,
    String(calls),
    milliseconds.toFixed(3),
    gflops.toFixed(2),
    gbps.toFixed(2),
    `${(100 * share).toFixed(1)}%`,
  ];
  return [
    `${adapter}: measured peaks ${peaks.gflops.toFixed(1)} GFLOP/s, ${peaks.gbps.toFixed(1)} GB/s, ${peaks.dispatchMicroseconds.toFixed(1)} µs a dispatch`,
    formatTable(
      ["kernel", "calls", "ms", "GFLOP/s", "GB/s", "of peak"],
      [...rows.map(cells), cells({ kernel: "total", ...total })],
    ),
  ].join("\n");
}
