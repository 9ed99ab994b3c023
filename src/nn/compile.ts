import { ArgumentError } from "../errors.ts";
import { checkDevice, type Device } from "../gpu/device.ts";
import { type TraceMode, traceIn } from "../graph/mode.ts";
import { recordSources } from "../graph/source.ts";
import { flatten, type Tree } from "../graph/tree.ts";
import { withKernels } from "../kernels/later.ts";
import {
  fn as aFunction,
  checkOptions,
  count,
  flag,
  instanceOf,
  integer,
  type KindsOf,
  object,
  required,
  show,
} from "../options.ts";
import type { Update } from "../plan/updates.ts";
import { isSized, programsBySize } from "../run/by-size.ts";
import { nextValues } from "../run/carry.ts";
import type { AdapterKind } from "../run/describe-for.ts";
import { makeInputs, namedValues, type SpecTree, specTree, type ValuesOf } from "../run/inputs.ts";
import { oneProgram } from "../run/one-program.ts";
import { Session } from "../run/session.ts";
import { sizedSpecs } from "../run/sizes/specs.ts";
import type { SizeOptions, Sizes } from "../run/sizes/types.ts";
import { State } from "../run/state.ts";
import { type TuneOptions, tuneKind } from "../run/tune/tune.ts";
import type { Workspace } from "../run/workspace.ts";
import { Compiled } from "./compiled.ts";
import { parametersOf } from "./model.ts";
import { checkModel, type Model } from "./module.ts";

/** Options of `compile`: the inputs, and the function to be traced. */
export interface CompileOptions<S extends SpecTree, O> {
  /** Shapes and types of the inputs. Extents may be names: `int32(["batch", "time"])`. */
  readonly inputs: S;
  /**
   * Called to trace the graph: once, or where extents have names once for each size. A first call that comes upon what has yet to be
   * fetched, as a layer's `inspect` may, ends there and is followed by another.
   */
  readonly fn: (inputs: ValuesOf<S>) => O;
  /**
   * How sizes of named extents are rounded up, by name: data are padded to the next of `buckets`, and an input that tells data from
   * padding is filled. Without it each size has a program of its own.
   */
  readonly sizes?: SizeOptions<NoInfer<S>>;
  /** Programs of different sizes that are kept at most; 16. The least recently used one goes. */
  readonly maxPrograms?: number;
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
   * Called to trace the graph, once for each size; gives the outputs, and the state after the run in the form of its specs. What is written
   * in place (cacheWrite of a leaf) stays where it is, a leaf itself is left as it is, all else is copied on the GPU.
   */
  readonly fn: (inputs: ValuesOf<S>, state: ValuesOf<C>) => readonly [outputs: O, state: Tree];
}

/**
 * Traces, plans and compiles a function of a model; for inference, unless `training` is set. Extents of inputs may be names: then
 * there is a program for each size, made when it first comes, and errors of the function show then. With
 * a `state` the function gets it as second argument and returns `[outputs, next state]`. `model` is a module, or a record or
 * array of modules, which has all parameters that the function uses; null means that there are none.
 *
 * @example
 * ```ts
 * import { compile, float32, nn, openDevice } from "seqgrad";
 *
 * const device = await openDevice();
 * const model = new nn.Linear(3, 2);
 * const program = await compile(device, model, { inputs: { x: float32([1, 3]) }, fn: ({ x }) => model.forward(x) });
 * const y = await program.run({ x: [[1, 2, 3]] });
 * console.log(await y.read());
 * ```
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
  const { inputs: specs, training = false, debug = false, maxPrograms } = options;
  checkModel("compile", model);
  const state = stateOf(options);
  state?.checkUsable(device);
  const bySize = isSized(options) ? await programsBySize("compile", options) : undefined;
  const trace = (extents: Sizes, adapter = device.profile.kind) => {
    const { values, inputs } = makeInputs(sizedSpecs(specs, extents));
    const { form, updates } = recordSources(debug, () => traceForm(options, { training, adapter }, values));
    const results = [...flatten(form as Tree), ...updates.map(([, value]) => value)];
    const parameters = parametersOf("compile", model, results);
    return { form, parameters, graph: { inputs, outputs: namedValues(form), updates, state } };
  };
  // what is wrong with the function shows before anything is made for it
  const first = bySize ? undefined : await withKernels(() => trace({}));
  const parameters = first?.parameters ?? parametersOf("compile", model, []);
  return Session.open(device, parameters, options, async (session) => {
    const make = async (extents: Sizes, workspace: Workspace) => {
      const { form, graph } = first ?? (await withKernels(() => trace(extents)));
      const planFor = async (kind: AdapterKind) =>
        session.plan((await withKernels(() => trace(extents, kind))).graph, kind);
      return { executable: await session.program(graph, workspace), form, planFor };
    };
    return Compiled.of(session, await (bySize ?? oneProgram)(session, { where: "compile", maxPrograms, make }));
  });
}

function traceForm<S extends SpecTree, C extends SpecTree, O>(
  options: CompileOptions<S, O> | StatefulOptions<S, C, O>,
  mode: TraceMode,
  values: ValuesOf<S>,
): { form: O; updates: Update[] } {
  const state = stateOf(options);
  if (!state) return { form: traceIn(mode, () => (options as CompileOptions<S, O>).fn(values)), updates: [] };
  const { fn } = options as StatefulOptions<S, C, O>;
  const traced = traceIn(mode, () => fn(values, state.values));
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
  sizes: object,
  maxPrograms: count,
};

const NEXT_STATE = {
  who: "compile: fn",
  what: "state",
  remedy: "[outputs, state] with it; return the leaf itself where it stays as it is",
};
