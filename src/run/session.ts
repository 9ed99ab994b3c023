import type { Device } from "../gpu/device.ts";
import type { PlacedParameter } from "../gpu/parameters.ts";
import type { AdapterProfile } from "../graph/lowering.ts";
import type { Parameter } from "../graph/parameter.ts";
import { withKernels } from "../kernels/later.ts";
import { buildProgram, type ProgramRequest } from "../plan/build.ts";
import type { Program } from "../plan/program.ts";
import { Executable, type PlannedGraph } from "./executable.ts";
import { Hyper } from "./hyper.ts";
import { Intermediates } from "./intermediates.ts";
import { Replay } from "./replay.ts";
import type { State } from "./state.ts";
import { buildTuned, TuneBudget, type TuneOptions } from "./tune/tune.ts";
import { Unfinished } from "./unfinished.ts";
import { Workspace } from "./workspace.ts";

export interface SessionOptions {
  /** Of parameters that have no value yet, and of random numbers in runs. */
  readonly seed?: number | undefined;
  readonly tune?: boolean | TuneOptions | undefined;
  /** The ways to compute where they are not to be those that the device has measured. */
  readonly choices?: ReadonlyMap<string, string> | undefined;
}

/** A graph that was traced, and what is to be done with its values. */
export interface SessionGraph extends Omit<ProgramRequest, "adapter" | "hyper" | "locate" | "streams"> {
  /** Tensors of other owners that it reads and updates. */
  readonly state?: State | undefined;
}

interface Disposable {
  dispose(): void;
}

/**
 * What programs that belong together share on a device: parameters that have memory, the memory of outputs and intermediates, the
 * few numbers that change from run to run, whatever else their owner makes for them, and the way in which ways to compute are chosen. Of a model it sees the
 * parameters alone.
 */
export class Session {
  readonly hyper: Hyper;
  readonly seed: number;
  readonly #budget: TuneBudget;
  readonly #choices: ReadonlyMap<string, string> | undefined;
  readonly #intermediates: Intermediates;
  readonly #owned: Disposable[] = [];
  #disposed = false;

  private constructor(
    readonly device: Device,
    { seed = 0, tune, choices }: SessionOptions,
  ) {
    this.seed = seed;
    this.#budget = new TuneBudget(tune);
    this.#choices = choices;
    this.#intermediates = this.own(new Intermediates(device));
    this.hyper = this.own(new Hyper(device));
  }

  /**
   * Gives memory to parameters that have none yet, and makes what the session is for. Where that fails, all of it is freed
   * again, the parameters too if nobody else has them by then.
   */
  static open<T>(
    device: Device,
    parameters: readonly Parameter[],
    options: SessionOptions,
    make: (session: Session) => Promise<T>,
  ): Promise<T> {
    return Unfinished.make(async (unfinished) => {
      const claim = await device.parameters.place(parameters, options.seed ?? 0);
      unfinished.onFailure(() => claim.release());
      const made = await make(unfinished.own(new Session(device, options)));
      claim.keep();
      return made;
    });
  }

  /** The ways to compute that hold for its next program. */
  get choices(): ReadonlyMap<string, string> {
    return this.#choices ?? this.device.profile.measured ?? new Map();
  }

  /** Memory for the programs of one function: inputs of their own, all else shared with the session's others. */
  workspace(): Workspace {
    return new Workspace(this.device, this.#intermediates, false);
  }

  /** Notes what is to be freed with the session: at once where that is gone. */
  own<T extends Disposable>(made: T): T {
    if (this.#disposed) made.dispose();
    else this.#owned.push(made);
    return made;
  }

  /**
   * Plans a graph for the adapter, measures what is to be measured, and compiles it, to run in the memory of a workspace. Who asks
   * for it frees it.
   */
  async program(graph: SessionGraph, workspace: Workspace): Promise<Executable> {
    const { device, hyper } = this;
    const used = new Set<PlacedParameter>();
    const request = this.#planned(graph, used);
    let { profile } = device;
    const program = await buildTuned(device, this.#budget, this.#choices, (adapter) => {
      profile = adapter;
      return buildProgram({ ...request, adapter });
    });
    // choices that are measured later make other programs, not this one
    const adapter = { ...profile, measured: new Map(profile.measured) };
    const replay = await Replay.create(device, program, used, workspace);
    return new Executable(replay, hyper, this.seed, { ...request, adapter });
  }

  /**
   * Plans a graph, which was traced for it, for an adapter of another kind with this one's limits and features, by its rules:
   * nothing is measured, compiled or run.
   */
  async plan(graph: SessionGraph, kind: AdapterProfile["kind"]): Promise<Program> {
    const adapter: AdapterProfile = { ...this.device.profile, kind, measured: new Map() };
    return withKernels(() => buildProgram({ ...this.#planned(graph, new Set()), adapter }));
  }

  #planned({ state, ...graph }: SessionGraph, used: Set<PlacedParameter>): PlannedGraph {
    const { parameters } = this.device;
    return {
      ...graph,
      hyper: this.hyper.arena,
      locate: (leaf) => state?.placeOf(leaf) ?? parameters.placeOf(leaf as Parameter, used),
      streams: new Map(),
    };
  }

  dispose(): void {
    this.#disposed = true;
    for (const each of this.#owned.reverse()) each.dispose();
    this.#owned.length = 0;
  }
}
