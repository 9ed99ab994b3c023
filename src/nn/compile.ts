import { ArgumentError } from "../errors.ts";
import { checkDevice, type Device } from "../gpu/device.ts";
import { traceIn } from "../graph/mode.ts";
import { recordSources } from "../graph/source.ts";
import { flatten, type Tree } from "../graph/tree.ts";
import { fn as aFunction, checkOptions, flag, instanceOf, integer, type KindsOf, required, show } from "../options.ts";
import { describeProgram, type ProgramStats, programStats } from "../plan/describe.ts";
import type { Update } from "../plan/updates.ts";
import { nextValues } from "../run/carry.ts";
import type { Executable, RunNumbers } from "../run/executable.ts";
import {
  type DataOf,
  makeInputs,
  mapValues,
  namedValues,
  type SpecTree,
  specTree,
  type TensorsOf,
  type ValuesOf,
} from "../run/inputs.ts";
import type { Profile, ProfileOptions } from "../run/profile.ts";
import type { Replay } from "../run/replay.ts";
import { Session } from "../run/session.ts";
import { State } from "../run/state.ts";
import { type TuneOptions, tuneKind } from "../run/tune/tune.ts";
import { parametersOf } from "./model.ts";
import { checkModel, type Model } from "./module.ts";

/** Options of `compile`: the inputs, and the function to be traced. */
export interface CompileOptions<S extends SpecTree, O> {
  readonly inputs: S;
  /** Called once, to trace the graph. */
  readonly fn: (inputs: ValuesOf<S>) => O;
  /** Seed of parameters that have no value yet, and of dropout. */
  readonly seed?: number;
  /** Trace as in training, with dropout and the like active; false. */
  readonly training?: boolean;
  /**
   * Measures on this adapter which of several ways to compute is the fastest, where that is not known yet (2 seconds at
   * most, or `budgetMs`), and remembers it; see `openDevice`'s option `tuning`. Without it a rule decides.
   */
  readonly tune?: boolean | TuneOptions;
  /** Notes for `debug.graph` which line of your code made each value; false, because tracing then takes several times as long. */
  readonly debug?: boolean;
}

/** As CompileOptions, for a function that reads state and gives its next value. */
export interface StatefulOptions<S extends SpecTree, C extends SpecTree, O> extends Omit<CompileOptions<S, O>, "fn"> {
  /** Tensors on the GPU that several programs may share. */
  readonly state: State<C>;
  /**
   * Called once, to trace the graph; gives the outputs, and the state after the run in the form of its specs. What is written
   * in place (cacheWrite of a leaf) stays where it is, a leaf itself is left as it is, all else is copied on the GPU.
   */
  readonly fn: (inputs: ValuesOf<S>, state: ValuesOf<C>) => readonly [outputs: O, state: Tree];
}

/** A compiled function: its memory is planned, its kernels are ready, and each run only replays. */
export class Compiled<S extends SpecTree, O> {
  #runs = 0;

  private constructor(
    private readonly session: Session,
    /** @internal */
    readonly executable: Executable,
    private readonly form: O,
  ) {}

  /** @internal */
  static of<S extends SpecTree, O>(session: Session, executable: Executable, form: O): Compiled<S, O> {
    return new Compiled<S, O>(session, executable, form);
  }

  get device(): Device {
    return this.session.device;
  }

  /** @internal The numbers of the next run. */
  get next(): RunNumbers {
    return { step: this.#runs, scalars: [] };
  }

  /** @internal */
  get replay(): Replay {
    return this.executable.replay;
  }

  get stats(): ProgramStats {
    return programStats(this.replay.program);
  }

  /** What a run does: kernels, dispatches, buffers, bytes. */
  describe(): string {
    return describeProgram(this.replay.program);
  }

  /**
   * Uploads the inputs and runs. The outputs stay on the GPU, hold until the next run, and can be inputs of that run; read
   * them with `await tensor.read()`. An input may be left out where its spec declares a default.
   */
  async run(data: DataOf<S>): Promise<TensorsOf<O>> {
    const { executable, replay } = this;
    const upload = executable.take("run", data);
    executable.run(upload, this.next);
    this.#runs++;
    return mapValues(this.form, (path) => replay.tensor(path)) as TensorsOf<O>;
  }

  /** Runs with a clock around each dispatch, on the inputs of the last run, and says what each kernel costs. */
  profile(options: ProfileOptions = {}): Promise<Profile> {
    // with the random numbers of the last run, so that its outputs stay what they are
    return this.executable.profile(options, this.executable.last ?? { step: 0, scalars: [] });
  }

  /** Frees the program's memory; the model's parameters stay. */
  dispose(): void {
    this.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Traces, plans and compiles a function of a model for inputs of fixed shapes; for inference, unless `training` is set. With
 * a `state` the function gets it as second argument and returns `[outputs, next state]`. `model` is a module, or a record or
 * array of modules, which has all parameters that the function uses; null means that there are none.
 */
export function compile<S extends SpecTree, C extends SpecTree, O>(
  device: Device,
  model: Model | null,
  options: StatefulOptions<S, C, O>,
): Promise<Compiled<S, O>>;
export function compile<S extends SpecTree, O>(
  device: Device,
  model: Model | null,
  options: CompileOptions<S, O>,
): Promise<Compiled<S, O>>;
export async function compile<S extends SpecTree, C extends SpecTree, O>(
  device: Device,
  model: Model | null,
  options: CompileOptions<S, O> | StatefulOptions<S, C, O>,
): Promise<Compiled<S, O>> {
  checkDevice("compile", device);
  checkOptions<AnyOptions>("compile", options as unknown as AnyOptions, kinds);
  const { inputs: specs, training = false, debug = false } = options;
  checkModel("compile", model);
  const { values, inputs } = makeInputs(specs);
  const state = stateOf(options);
  state?.checkUsable(device);
  const { form, updates } = recordSources(debug, () => traceForm(options, training, values));
  const outputs = namedValues(form);
  const results = [...flatten(form as Tree), ...updates.map(([, value]) => value)];
  const parameters = parametersOf("compile", model, results);
  return Session.open(device, parameters, options, async (session) =>
    Compiled.of(session, await session.program({ inputs, outputs, updates, state }), form),
  );
}

function traceForm<S extends SpecTree, C extends SpecTree, O>(
  options: CompileOptions<S, O> | StatefulOptions<S, C, O>,
  training: boolean,
  values: ValuesOf<S>,
): { form: O; updates: Update[] } {
  const state = stateOf(options);
  if (!state) return { form: traceIn(training, () => (options as CompileOptions<S, O>).fn(values)), updates: [] };
  const { fn } = options as StatefulOptions<S, C, O>;
  const traced = traceIn(training, () => fn(values, state.values));
  if (!Array.isArray(traced)) {
    throw new ArgumentError(`compile: fn returned ${show(traced)}, expected [outputs, state], since a state is given`);
  }
  const [form, next] = traced as unknown as readonly [O, Tree];
  return { form, updates: nextValues(state.leaves, next, NEXT_STATE) };
}

const stateOf = <S extends SpecTree, C extends SpecTree, O>(
  options: CompileOptions<S, O> | StatefulOptions<S, C, O>,
): State<C> | undefined => ("state" in options ? options.state : undefined);

type AnyOptions = CompileOptions<SpecTree, unknown> & { readonly state?: State };

const kinds: KindsOf<AnyOptions> = {
  inputs: required(specTree),
  fn: required(aFunction),
  seed: integer,
  training: flag,
  tune: tuneKind,
  debug: flag,
  state: instanceOf(State, "a State"),
};

const NEXT_STATE = {
  who: "compile: fn",
  what: "state",
  remedy: "[outputs, state] with it; return the leaf itself where it stays as it is",
};
