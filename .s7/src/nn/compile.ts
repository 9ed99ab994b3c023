import type { Device } from "../gpu/device.ts";
import { Hyper } from "../gpu/hyper.ts";
import {
  type DataOf,
  flattenData,
  makeInputs,
  mapValues,
  namedValues,
  type SpecTree,
  type TensorsOf,
  type ValuesOf,
} from "../gpu/inputs.ts";
import { type Profile, type ProfileOptions, profileReplay } from "../gpu/profile.ts";
import { Replay } from "../gpu/replay.ts";
import { reachableLeaves } from "../graph/order.ts";
import { Parameter } from "../graph/parameter.ts";
import { flatten, type Tree } from "../graph/tree.ts";
import type { Value } from "../graph/value.ts";
import { buildProgram } from "../plan/build.ts";
import { describeProgram, type ProgramStats, programStats } from "../plan/describe.ts";
import type { Module } from "./module.ts";

export interface CompileOptions<S extends SpecTree, O> {
  readonly inputs: S;
  /** Called once, to trace the graph. */
  readonly fn: (inputs: ValuesOf<S>) => O;
  /** Seed of parameters that have no value yet, and of dropout. */
  readonly seed?: number;
  /** Trace in training mode (dropout active). */
  readonly training?: boolean;
}

/** A compiled function: its memory is planned, its kernels are ready, and each run only replays. */
export class Compiled<S extends SpecTree, O> {
  #runs = 0;

  /** @internal */
  constructor(
    readonly device: Device,
    readonly replay: Replay,
    private readonly form: O,
    private readonly hyper: Hyper,
    private readonly seed: number,
  ) {}

  get stats(): ProgramStats {
    return programStats(this.replay.program);
  }

  /** What a run does: kernels, dispatches, buffers, bytes. */
  describe(): string {
    return describeProgram(this.replay.program);
  }

  /**
   * Uploads the inputs and runs. The outputs stay on the GPU, hold until the next run, and can be inputs of that run; read
   * them with `await tensor.read()`. An input that is not given is zeros.
   */
  async run(data: DataOf<S>): Promise<TensorsOf<O>> {
    const { replay } = this;
    replay.checkUsable();
    const { inputs } = replay.program;
    const given = flattenData(data, (path) => inputs.has(path));
    for (const name of given.keys()) replay.input(name);
    const writes = [...inputs.keys()].map((name) => replay.prepare(name, given.get(name)));
    this.hyper.write(this.#runs++, this.seed, []);
    replay.run((encoder) => {
      for (const write of writes) write(encoder);
    });
    return mapValues(this.form, (path) => replay.tensor(path)) as TensorsOf<O>;
  }

  /** Runs with a clock around each dispatch, on the inputs of the last run, and says what each kernel costs. */
  profile(options: ProfileOptions = {}): Promise<Profile> {
    // with the random numbers of the last run, so that its outputs stay what they are
    return profileReplay(this.replay, options, () => this.hyper.write(Math.max(0, this.#runs - 1), this.seed, []));
  }

  /** Frees the program's memory; the model's parameters stay. */
  dispose(): void {
    this.replay.dispose();
    this.hyper.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Traces, plans and compiles a function of a model (or of none) for inputs of fixed shapes. */
export async function compile<S extends SpecTree, O>(
  device: Device,
  model: Module | null,
  { inputs: specs, fn, seed = 0, training = false }: CompileOptions<S, O>,
): Promise<Compiled<S, O>> {
  const { values, inputs } = makeInputs(specs);
  const form = traceIn(model, training, () => fn(values));
  const outputs = namedValues(form);
  const placed = await placeParameters(device, model, flatten(form as Tree), seed);
  const hyper = new Hyper(device);
  try {
    const program = buildProgram({
      adapter: device.profile,
      hyper: hyper.arena,
      inputs,
      outputs,
      locate: (leaf) => device.parameters.placeOf(leaf as Parameter),
    });
    return new Compiled(device, await Replay.create(device, program), form, hyper, seed);
  } catch (error) {
    hyper.dispose();
    device.parameters.free(placed);
    throw error;
  }
}

/** Traces in a mode and puts the model's own mode back. */
export function traceIn<T>(model: Module | null, training: boolean, trace: () => T): T {
  const before = model?.training ?? training;
  model?.train(training);
  try {
    return trace();
  } finally {
    model?.train(before);
  }
}

/**
 * Memory for the model's parameters first, in its order, then for others that the graph uses. Resolves to those that had
 * none before.
 */
export function placeParameters(
  device: Device,
  model: Module | null,
  results: readonly Value[],
  seed: number,
): Promise<Parameter[]> {
  const others = reachableLeaves(results).filter((leaf): leaf is Parameter => leaf instanceof Parameter);
  return device.parameters.place([...(model?.parameters() ?? []), ...others], seed);
}
