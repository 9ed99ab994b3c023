/** Times kernels inside programs, beside the naive way to compute the same, and compares what both give. */

import type { AdapterProfile } from "../../src/graph/lowering.ts";
import { type Compiled, compile, type Device, type Spec, type Value } from "../../src/index.ts";
import { kernels } from "../../src/kernels/generated/all.ts";
import type { Kernel } from "../../src/kernels/kernel.ts";
import { loadAllKernels } from "../../src/kernels/later.ts";
import type { Program } from "../../src/plan/program.ts";
import { Timestamps } from "../../src/run/timestamps.ts";
import { type Place, placesOf } from "./programs.ts";
import type { Workload } from "./workloads.ts";

export interface Timing {
  readonly kernel: string;
  readonly variant: string;
  readonly adapter: string;
  /** Of the adapter that is there. */
  readonly isSoftware: boolean;
  /** Kind of adapter that the kernel is chosen on. */
  readonly chosenOn: AdapterProfile["kind"];
  readonly workload: string;
  readonly dispatches: number;
  /** Of all of them. */
  readonly milliseconds: number;
  readonly gflops: number;
  readonly gbps: number;
  readonly naive?: Beside;
}

export interface Beside {
  /** How often the naive way takes the time of the way that the kernel belongs to. */
  readonly times: number;
  /** Largest difference of an output from the naive one's, as a share of its largest number. */
  readonly difference: number;
  /** The output that differs most. */
  readonly output: string;
}

const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 15;
/** For all rounds of all variants together, and the most for those of one. */
const BUDGET_MS = 1000;
const MOST_MS = 400;

/** A timing for each variant of each kernel that a workload reaches. */
export async function* timeKernels(device: Device, names: readonly string[]): AsyncGenerator<Timing> {
  await loadAllKernels();
  const places = names.flatMap((kernel) => {
    const family = (kernels as Readonly<Record<string, Kernel>>)[kernel]?.manifest.file.split("/")[1] ?? "";
    return placesOf(kernel, family, device.profile).map((place) => ({ kernel, place }));
  });
  const budgetMs = Math.min(MOST_MS, BUDGET_MS / places.length);
  for (const { kernel, place } of places) yield await timePlace(device, kernel, place, budgetMs);
}

/** Dispatches that are timed. */
type Which = (program: Program, dispatch: number) => boolean;

async function timePlace(device: Device, kernel: string, place: Place, budgetMs: number): Promise<Timing> {
  const { workload, adapter, variant, program } = place;
  using own = await Timed.open(device, workload, workload.fn, adapter);
  const isOwn: Which = ({ dispatches, pipelines }, i) => {
    const used = pipelines[dispatches[i]?.pipeline as number];
    return used?.kernel === kernel && used.variant === variant;
  };
  const times = { kernel: [] as number[], way: [] as number[], naive: [] as number[] };
  const { naive, isWay } = await openNaive(device, place);
  using _ = naive;
  await own.seconds(isOwn);
  const until = performance.now() + budgetMs;
  for (let round = 0; round < MOST_ROUNDS && (round < LEAST_ROUNDS || performance.now() < until); round++) {
    times.kernel.push(await own.seconds(isOwn));
    if (!naive) continue;
    times.way.push(await own.seconds(isWay));
    times.naive.push(await naive.seconds(isWay));
  }
  const seconds = Math.min(...times.kernel);
  const dispatches = program.dispatches.filter((_, i) => isOwn(program, i));
  const total = (of: "flops" | "bytes") => dispatches.reduce((sum, dispatch) => sum + dispatch[of], 0);
  return {
    kernel,
    variant,
    adapter: device.adapter.name,
    isSoftware: device.profile.kind === "software",
    chosenOn: adapter.kind,
    workload: workload.name,
    dispatches: dispatches.length,
    milliseconds: seconds * 1e3,
    gflops: total("flops") / seconds / 1e9,
    gbps: total("bytes") / seconds / 1e9,
    ...(naive && { naive: { times: Math.min(...times.naive) / Math.min(...times.way), ...difference(own, naive) } }),
  };
}

/** The way `naive` of the kernel's choice, or the workload's own program of plain operations, and what of it is to be timed. */
async function openNaive(device: Device, place: Place): Promise<{ naive: Timed | undefined; isWay: Which }> {
  const { workload, adapter, choice, ways } = place;
  if (choice) {
    const measured = new Map([...ways, [choice.key, "naive"]]);
    const naive = await Timed.open(device, workload, workload.fn, { ...adapter, measured });
    const inChoice: Which = ({ choices }, i) => {
      const { start, end } = choices.find(({ key }) => key === choice.key) as { start: number; end: number };
      return start <= i && i < end;
    };
    if (naive.program.choices.some(({ key, way }) => key === choice.key && way === "naive")) {
      return { naive, isWay: inChoice };
    }
    naive[Symbol.dispose]();
  }
  const plain = workload.naive && (await Timed.open(device, workload, workload.naive, adapter));
  return { naive: plain, isWay: () => true };
}

/** A program that has run once, with what it gave. */
class Timed {
  private constructor(
    readonly device: Device,
    private readonly compiled: Compiled<Workload["inputs"], Record<string, Value>>,
    readonly outputs: ReadonlyMap<string, ArrayLike<number>>,
  ) {}

  static async open(
    device: Device,
    { inputs, below }: Workload,
    fn: Workload["fn"],
    adapter: AdapterProfile,
  ): Promise<Timed> {
    const holder = device as { profile: AdapterProfile };
    const own = holder.profile;
    holder.profile = adapter;
    try {
      const compiled = await compile(device, null, { inputs, fn, training: true });
      const data = Object.entries(inputs).map(([name, spec], i) => [name, dataOf(spec, i, below)]);
      const results = await compiled.run(Object.fromEntries(data));
      const outputs = new Map<string, ArrayLike<number>>();
      for (const [name, tensor] of Object.entries(results)) outputs.set(name, await tensor.read());
      return new Timed(device, compiled, outputs);
    } finally {
      holder.profile = own;
    }
  }

  get program(): Program {
    return this.compiled.replay.program;
  }

  /**
   * Runs the dispatches that are asked for, with the GPU's clock around them. The others have run once and do not run again:
   * what is timed may find numbers of later values that share the memory, which a kernel's time does not hang on.
   */
  async seconds(which: Which): Promise<number> {
    const { device, program } = this;
    const { length } = program.dispatches;
    const starts = program.dispatches.flatMap((_, i) =>
      which(program, i) && !(i > 0 && which(program, i - 1)) ? [i] : [],
    );
    const timestamps = new Timestamps(device, starts.length, "kernel");
    try {
      const encoder = device.gpu.createCommandEncoder();
      for (const [span, start] of starts.entries()) {
        let end = start + 1;
        while (end < length && which(program, end)) end++;
        const pass = encoder.beginComputePass({ timestampWrites: timestamps.writes(span) });
        this.compiled.replay.encode(pass, start, end);
        pass.end();
      }
      timestamps.resolve(encoder);
      device.gpu.queue.submit([encoder.finish()]);
      return (await timestamps.read()).reduce((sum, each) => sum + each, 0);
    } finally {
      timestamps.dispose();
    }
  }

  [Symbol.dispose](): void {
    this.compiled.dispose();
  }
}

/** Numbers from −1 to 1, or integers from 0 on, others for each input. */
function dataOf({ shape, dtype }: Spec, seed: number, below: number): Float32Array | Int32Array {
  const length = shape.reduce((size, extent) => size * extent, 1);
  let state = seed + 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return dtype === "int32"
    ? Int32Array.from({ length }, () => Math.floor(next() * below))
    : Float32Array.from({ length }, () => 2 * next() - 1);
}

/** The output that differs most. */
function difference(own: Timed, naive: Timed): Omit<Beside, "times"> {
  const all = [...own.outputs].map(([output, values]) => {
    const wanted = naive.outputs.get(output) as ArrayLike<number>;
    let [most, largest] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      const [got, want] = [values[i] as number, wanted[i] as number];
      const apart = Object.is(got, want) ? 0 : Math.abs(got - want);
      most = Number.isNaN(apart) ? Number.POSITIVE_INFINITY : Math.max(most, apart);
      if (Number.isFinite(want)) largest = Math.max(largest, Math.abs(want));
    }
    return { output, difference: most / (largest || 1) };
  });
  return all.reduce((worst, each) => (each.difference > worst.difference ? each : worst), {
    output: "",
    difference: 0,
  });
}
