/** What the benchmark measures, and the form of its JSON files. */
import type { HostName } from "../harness/case.ts";
import type { Work } from "./cases/work.ts";

export const suites = ["workloads", "layers", "kernels", "attention", "scaling"] as const;
export type Suite = (typeof suites)[number];

/**
 * `minlstm` and `lstm` are layers of ours that stand beside our MinGRU in the scaling suite; `before` is this project at an
 * earlier commit.
 */
export const engineNames = ["seqgrad", "before", "tfjs", "jax", "onnx", "minlstm", "lstm"] as const;
export type EngineName = (typeof engineNames)[number];
/** What comes from outside and is installed by the benchmark. */
export const peerNames = ["tfjs", "jax", "onnx"] as const;
export type PeerName = (typeof peerNames)[number];

export interface BenchCase {
  readonly name: string;
  readonly suite: Suite;
  readonly work: Work;
  /** Who can do it, ours first. */
  readonly engines: readonly EngineName[];
  /** In the selection of `--quick`. */
  readonly quick?: boolean;
}

/** Time of one step in one of the ways that an engine can do it. */
export interface Timing {
  readonly configuration: string;
  readonly medianMs: number;
  /** Distance of the quartiles over the median. */
  readonly spread: number;
  readonly samples: number;
  /** Dispatches of a step, as the page counted them. */
  readonly dispatches: number;
  readonly submits: number;
}

/** The engine's fastest configuration; all of them where it has several. */
export interface EngineResult extends Timing {
  /** Most bytes of GPU buffers that the engine had at a time, its first call included. */
  readonly bytes: number;
  /** The first call in a fresh browser: trace, plan, compile, run, read. Loading the library and the device not included. */
  readonly firstCallMs: number;
  readonly configurations?: readonly (Timing | { readonly configuration: string; readonly leftOut: string })[];
}

/** Dispatches of one kernel that are alike. */
export interface PlannedDispatch {
  readonly kernel: string;
  readonly variant: string;
  readonly count: number;
  readonly workgroups: number;
  /** Operations of one dispatch. */
  readonly flops: number;
  /** Bytes of storage that it spans at most. */
  readonly bytes: number;
}

/** What our program has to do at least, by its own count. */
export interface WorkDone {
  readonly flops: number;
  /** Read and written by all dispatches. */
  readonly bytes: number;
  readonly dispatches: number;
  /** In the order in which they come first. */
  readonly plan: readonly PlannedDispatch[];
}

export interface Limits {
  readonly peakGflops: number;
  readonly copyGBs: number;
  readonly dispatchMicros: number;
}

/** One time over another, from samples taken in turns: ours over that of an earlier commit, or another engine's over ours. */
export interface Paired {
  /** Median of the ratios of neighbouring samples; beside an earlier commit, below 1 is faster than before. */
  readonly ratio: number;
  /** Ends of its 95% confidence interval. */
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
}

/** The adapter of a session, a fresh page or process, and what it was seen to do. */
export interface Measured {
  readonly adapter: { readonly name: string; readonly kind: "hardware" | "software" };
  readonly limits: Limits;
}

/** What a session says of its case. */
export interface SessionResult extends Measured {
  readonly results: Readonly<Partial<Record<EngineName, EngineResult>>>;
  /** Why an engine has no result: it disagreed, failed or cannot do it. */
  readonly failed: Readonly<Partial<Record<EngineName, string>>>;
  readonly work?: WorkDone;
  readonly paired?: Paired;
  /** Other engines' fastest configurations over ours. */
  readonly pairs?: Readonly<Partial<Record<EngineName, Paired>>>;
}

export interface CaseReport {
  readonly name: string;
  readonly suite: Suite;
  readonly results: Readonly<Partial<Record<EngineName, EngineResult>>>;
  readonly failed: Readonly<Partial<Record<EngineName, string>>>;
  /** The engine's median over ours. */
  readonly ratio: Readonly<Partial<Record<EngineName, number>>>;
  /** Beside an earlier commit, where one is compared with. */
  readonly paired?: Paired;
  /** The engine's time over ours, from neighbouring samples. */
  readonly pairs?: Readonly<Partial<Record<EngineName, Paired>>>;
  /** The longest of the three times of `roofline` over our time. */
  readonly rooflineShare?: number;
  /** Milliseconds that our work takes at the adapter's measured limits. */
  readonly roofline?: { readonly flops: number; readonly bytes: number; readonly dispatches: number };
}

export interface BenchReport {
  readonly adapter: string;
  readonly adapterKind: "hardware" | "software";
  /** What to bear in mind when reading the numbers. */
  readonly notes: readonly string[];
  /** `page`: by a visitor of the playground, in a browser of their own. */
  readonly host: HostName | "page";
  readonly browser: string;
  readonly commit: string;
  /** The earlier commit that stands beside it. */
  readonly against?: string;
  readonly date: string;
  readonly quick: boolean;
  /** A page knows only how many processors there are. */
  readonly machine: { readonly cpus: number; readonly model: string; readonly loadBefore?: number };
  readonly peers: Readonly<Partial<Record<PeerName, string>>>;
  readonly limits: Limits;
  readonly cases: readonly CaseReport[];
  readonly dispatchCost?: DispatchCost;
}

/** Median and quartiles of some samples. */
export interface Quartiles {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export const dispatchWays = ["one pass", "immediates", "pass each", "submit each"] as const;

/** What a dispatch that computes next to nothing costs; JavaScript's share and the wait for the GPU apart. */
export interface DispatchCost {
  readonly rounds: number;
  /** The smallest step of the host's clock, in µs. */
  readonly clockMicros: number;
  /**
   * All in one pass and submit, parameters at dynamic offsets of a buffer; the same with parameters as immediates, where the browser has
   * them; a pass each in one submit; a pass and a submit each. µs for each dispatch.
   */
  readonly ways: readonly {
    readonly way: (typeof dispatchWays)[number];
    /** Of a sample. */
    readonly dispatches: number;
    /** Recording passes and finishing command buffers. */
    readonly encode: Quartiles;
    /** Calls of `queue.submit`. */
    readonly submit: Quartiles;
    /** From the last submit until the queue is done. */
    readonly wait: Quartiles;
  }[];
  /** µs from submitting nothing but a copy of 4 bytes until they can be read: what reading a loss costs at least. */
  readonly roundTrip: Quartiles;
}

/** One case, given to a session. */
export interface BenchJob {
  readonly name: string;
  readonly engines: readonly EngineName[];
  readonly budgetMs: number;
  readonly quick: boolean;
  /** Turns that everybody has, whatever the budget, and those that are enough. */
  readonly rounds?: { readonly fewest: number; readonly most: number };
  /** Nothing but the first call of the one engine, in this configuration of it. */
  readonly firstCall?: { readonly configuration?: string | undefined };
}

/** Told by a session. */
export type BenchMessage =
  | { readonly type: "progress"; readonly engine: EngineName | "limits"; readonly phase: string }
  | { readonly type: "result"; readonly result: SessionResult }
  | { readonly type: "first call"; readonly ms: number }
  | ({ readonly type: "dispatch cost"; readonly cost: DispatchCost } & Measured)
  | { readonly type: "error"; readonly error: string };

/** A case, or the question what dispatches cost. */
export type SessionJob = BenchJob | "dispatches";

/** What lies beside the worker's files: what they were made from. */
export interface PageManifest {
  readonly commit: string;
  /** Bytes to be loaded for each peer that is there, and its version. */
  readonly peers: Readonly<Partial<Record<PeerName, { readonly version: string; readonly bytes: number }>>>;
}
