import { DataError } from "../errors.ts";
import { nextValues } from "../gpu/carry.ts";
import type { Device } from "../gpu/device.ts";
import { Hyper } from "../gpu/hyper.ts";
import { type DataOf, flattenData, makeInputs, type SpecTree, type ValuesOf } from "../gpu/inputs.ts";
import { Pacer } from "../gpu/pacer.ts";
import { type Profile, type ProfileOptions, profileReplay } from "../gpu/profile.ts";
import { Replay } from "../gpu/replay.ts";
import { buildTuned, type TuneOptions } from "../gpu/tune/tune.ts";
import { traceIn } from "../graph/mode.ts";
import { reachableLeaves } from "../graph/order.ts";
import type { Parameter } from "../graph/parameter.ts";
import { flatten, type Tree } from "../graph/tree.ts";
import { type InputValue, Value } from "../graph/value.ts";
import { checkModel, parametersOf } from "../nn/model.ts";
import { type Model, stateDict } from "../nn/module.ts";
import type { StateDict } from "../nn/state-dict.ts";
import { gradients } from "../ops/gradients.ts";
import { buildProgram } from "../plan/build.ts";
import { describeProgram, type ProgramStats, programStats } from "../plan/describe.ts";
import { TrainingMemory } from "./gradients.ts";
import { at, type Optimizer, requireRange } from "./optim/optimizer.ts";

/** What a loss function returns: the loss alone, or with the state that the next step starts from. */
export type LossResult = Value | { readonly loss: Value; readonly carry?: Tree };

export interface TrainerOptions<S extends SpecTree, C extends SpecTree> {
  readonly inputs: S;
  /**
   * State carried from one step's sequences to the next (truncated backpropagation through time): zeros at first, then
   * what the loss function returned as `carry`. No gradient flows from one step to the step before.
   */
  readonly carry?: C;
  /** Called once, to trace the graph; gives a scalar. */
  readonly loss: (values: ValuesOf<S> & ValuesOf<C>) => LossResult;
  readonly optimizer: Optimizer;
  /** Scales all gradients so that their norm together is at most this (Pascanu et al. 2013). */
  readonly clipNorm?: number;
  /** Of initial parameters and dropout. */
  readonly seed?: number;
  /**
   * Measures on this adapter which of several ways to compute is the fastest, where that is not known yet (2 seconds at
   * most, or `budgetMs`), and remembers it; see `openDevice`'s option `tuning`. Without it a rule decides.
   */
  readonly tune?: boolean | TuneOptions;
}

export interface StepResult {
  readonly loss: number;
  /** Norm of all gradients together, before clipping. */
  readonly gradNorm: number;
}

/**
 * Trains a model: forward, backward, clipping and update are one program, replayed at each step with one submit. Steps may
 * be started before the last one's result is there; they run in order.
 */
export class Trainer<S extends SpecTree, C extends SpecTree = Record<never, never>> {
  #steps = 0;
  #rate: number | null = null;
  readonly #pacer = new Pacer();

  private constructor(
    readonly device: Device,
    readonly model: Model,
    /** @internal */
    readonly replay: Replay,
    private readonly options: TrainerOptions<S, C>,
    private readonly memory: TrainingMemory,
    private readonly hyper: Hyper,
    private readonly carried: readonly InputValue[],
  ) {}

  static async create<S extends SpecTree, C extends SpecTree = Record<never, never>>(
    device: Device,
    model: Model,
    options: TrainerOptions<S, C>,
  ): Promise<Trainer<S, C>> {
    const { clipNorm = 0, seed = 0, optimizer } = options;
    requireRange("Trainer", "clipNorm", clipNorm, 0, Number.MAX_VALUE);
    const { values, inputs } = makeInputs(options.inputs);
    const state = makeInputs((options.carry ?? {}) as C);
    checkModel("Trainer", model);
    const result = traceIn(true, () =>
      options.loss({ ...(values as object), ...(state.values as object) } as ValuesOf<S> & ValuesOf<C>),
    );
    const { loss, carry } = result instanceof Value ? { loss: result, carry: undefined } : result;
    const updates = nextValues(state.inputs, carry, {
      who: "Trainer: the loss",
      what: "carry",
      remedy: "{ loss, carry } with it",
    });

    const modelParameters = parametersOf("Trainer", model, [loss, ...flatten(carry)]);
    const used = new Set(reachableLeaves([loss]));
    const trained = modelParameters.filter((parameter) => parameter.trainable && used.has(parameter));
    if (trained.length === 0) {
      throw new DataError(
        "Trainer: the loss depends on no trainable parameter, expected at least one; check the loss function, and train models before they are stored in 16 bits",
      );
    }
    const found = gradients(loss, trained);
    const parameters = trained.filter((_, i) => found[i]);

    const placed = await device.parameters.place(modelParameters, seed);
    const memory = new TrainingMemory(device, parameters, optimizer);
    const hyper = new Hyper(device);
    try {
      const program = await buildTuned(device, options.tune, (adapter) =>
        buildProgram({
          adapter,
          hyper: hyper.arena,
          inputs: [...inputs, ...state.inputs],
          outputs: { loss },
          updates,
          locate: (leaf) => device.parameters.placeOf(leaf as Parameter),
          destinations: trained.flatMap((parameter, i) => {
            const gradient = found[i];
            return gradient ? [[gradient, memory.gradientPlace(parameter)] as const] : [];
          }),
          epilogue(to) {
            const segments = memory.segments(to);
            const gradNorm = memory.lowerNorm(to, segments);
            for (const segment of segments) optimizer.lower(to, segment, { norm: gradNorm, clipNorm });
            return { gradNorm };
          },
        }),
      );
      const replay = await Replay.create(device, program);
      return new Trainer(device, model, replay, options, memory, hyper, state.inputs);
    } catch (error) {
      hyper.dispose();
      memory.dispose();
      device.parameters.free(placed);
      throw error;
    }
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** The learning rate of the next step. */
  get learningRate(): number {
    return this.#rate ?? at(this.options.optimizer.learningRate, this.#steps + 1);
  }

  /** Sets the learning rate from the next step on, in place of the optimizer's own. */
  set learningRate(rate: number) {
    requireRange("Trainer", "learningRate", rate, 0, Number.MAX_VALUE);
    this.#rate = rate;
  }

  get stats(): ProgramStats {
    return programStats(this.replay.program);
  }

  /** What a step does: kernels, dispatches, buffers, bytes. */
  describe(): string {
    return describeProgram(this.replay.program);
  }

  /**
   * Runs a step's dispatches with a clock around each, on the inputs of the last step, and says what each kernel costs.
   * The model, the optimizer and the carried state are what they were when it is done.
   */
  profile(options: ProfileOptions = {}): Promise<Profile> {
    return profileReplay(this.replay, options, () => this.#writeHyper(this.#steps + 1));
  }

  /** One training step. Inputs are checked before anything is changed. */
  async step(data: DataOf<S>): Promise<StepResult> {
    const { device } = this;
    this.replay.checkUsable();
    const staging = device.staging.take(8);
    try {
      this.#submit(data, (encoder) => {
        this.#copyScalar(encoder, "loss", staging, 0);
        this.#copyScalar(encoder, "gradNorm", staging, 4);
      });
    } catch (error) {
      device.staging.give(staging);
      throw error;
    }
    const [loss, gradNorm] = new Float32Array(await device.staging.read(staging, 8, this.#pacer)) as unknown as [
      number,
      number,
    ];
    this.replay.failures.check();
    return { loss, gradNorm };
  }

  /** One training step whose loss nobody reads: returns as soon as the work is handed to the GPU. */
  stepWithoutLoss(data: DataOf<S>): void {
    this.replay.checkUsable();
    this.#submit(data);
  }

  /** Sets the carried state back to zeros, as at the start of a sequence. */
  resetCarry(): void {
    const { device, replay } = this;
    replay.checkUsable();
    replay.failures.run(() => {
      const encoder = device.gpu.createCommandEncoder({ label: "reset carry" });
      for (const input of this.carried) replay.prepare(input.name, undefined)(encoder);
      device.gpu.queue.submit([encoder.finish()]);
    });
  }

  /** Reads the model's parameters back. */
  stateDict(): Promise<StateDict> {
    return stateDict(this.device, this.model);
  }

  /** Frees the program, the gradients and the optimizer's state; the model's parameters stay. */
  dispose(): void {
    this.replay.dispose();
    this.memory.dispose();
    this.hyper.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #submit(data: DataOf<S>, after?: (encoder: GPUCommandEncoder) => void): void {
    const { replay } = this;
    const { inputs } = replay.program;
    const given = flattenData(data, (path) => inputs.has(path));
    const carried = new Set(this.carried.map(({ name }) => name));
    for (const name of given.keys()) replay.input(name);
    const writes = [...inputs.keys()]
      .filter((name) => given.has(name) || !carried.has(name))
      .map((name) => {
        if (!given.has(name))
          throw new DataError(`step: input ${name} is missing, expected one for each of the trainer's inputs`);
        return replay.prepare(name, given.get(name));
      });
    this.#writeHyper(this.#steps + 1);
    this.#steps++;
    replay.run((encoder) => {
      for (const write of writes) write(encoder);
    }, after);
  }

  #writeHyper(step: number): void {
    const { optimizer, seed = 0 } = this.options;
    this.hyper.write(step, seed, optimizer.scalars(step, this.learningRate));
  }

  #copyScalar(encoder: GPUCommandEncoder, name: string, staging: GPUBuffer, at: number): void {
    const { buffer, offset } = this.replay.port(name);
    encoder.copyBufferToBuffer(this.replay.buffers[buffer] as GPUBuffer, offset * 4, staging, at, 4);
  }
}
