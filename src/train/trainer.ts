import { checkDevice, type Device } from "../gpu/device.ts";
import { Pacer } from "../gpu/pacer.ts";
import { recordSources } from "../graph/source.ts";
import { parametersOf } from "../nn/model.ts";
import { checkModel, type Model, namedParameters, stateDict } from "../nn/module.ts";
import type { StateDict } from "../nn/state-dict.ts";
import { checkArgument, either, iterable, nonNegative, object, required } from "../options.ts";
import { describeProgram, type ProgramStats, programStats } from "../plan/describe.ts";
import { isSized, programsBySize } from "../run/by-size.ts";
import type { Executable, RunNumbers } from "../run/executable.ts";
import type { DataOf, PartialDataOf, SpecTree } from "../run/inputs.ts";
import { oneProgram } from "../run/one-program.ts";
import type { Profile, ProfileOptions } from "../run/profile.ts";
import type { Programs } from "../run/programs.ts";
import type { Replay } from "../run/replay.ts";
import { Session } from "../run/session.ts";
import type { ProgramsStats, Sizes, SizesOf } from "../run/sizes/types.ts";
import type { Workspace } from "../run/workspace.ts";
import { Carry } from "./carry.ts";
import type { Resumable, Resumed, SaveOptions } from "./checkpoint/resumable.ts";
import type { OpenedCheckpoint } from "./checkpoint/resume.ts";
import { Saving } from "./checkpoint/saving.ts";
import type { CheckpointStore } from "./checkpoint/store.ts";
import { scheduleParts } from "./checkpoint/trainer-parts.ts";
import { TrainerState } from "./checkpoint/trainer-state.ts";
import type { Evaluation } from "./evaluation/evaluation.ts";
import { type DataSet, type Evaluated, type Predicted, predictWith } from "./evaluation/types.ts";
import { TrainingMemory } from "./gradients.ts";
import { Guard } from "./guard.ts";

import { ratesOf } from "./optim/groups.ts";
import { at } from "./optim/rate.ts";
import { checkTrainerOptions, type LossResult, type StepResult, type TrainerOptions } from "./options.ts";
import { stepGraph } from "./step-graph.ts";
import { StepLog, type StepProgram, type Ticket } from "./step-log.ts";
import { isTrained, traceStep } from "./trace.ts";

/** Begins a step whose data are checked; `after` may add copies to its end. */
type Begin = (isAwaited: boolean, after?: (encoder: GPUCommandEncoder) => void) => Ticket;

/**
 * Trains a model: forward, backward, clipping and update are one program, replayed at each step with one submit. Steps may
 * be started before the last one's result is there; they run in order. Where extents of inputs have names, there is a program for
 * each size that came; all share the model, the optimizer's state, the carry and the memory of intermediates.
 *
 * @example
 * ```ts
 * import { float32, losses, nn, openDevice, optim, Trainer } from "seqgrad";
 *
 * const model = new nn.Linear(3, 1);
 * const trainer = await Trainer.create(await openDevice(), model, {
 *   inputs: { x: float32([8, 3]), y: float32([8, 1]) },
 *   loss: ({ x, y }) => losses.meanSquaredError(model.forward(x), y),
 *   optimizer: optim.adamW({ learningRate: 1e-3 }),
 * });
 * const { loss } = await trainer.step({ x: new Float32Array(24), y: new Float32Array(8) });
 * console.log(loss);
 * ```
 */
export class Trainer<S extends SpecTree, C extends SpecTree = Record<never, never>, R extends LossResult = LossResult> {
  #evaluation: Promise<Evaluation> | undefined;
  #rate: number | null = null;
  /** What it went on from; null where it began anew. */
  readonly resumed: Resumed | null;
  readonly #pacer = new Pacer();
  readonly #saving: Saving;

  private constructor(
    private readonly session: Session,
    readonly model: Model,
    private readonly family: Programs<StepProgram>,
    private readonly options: TrainerOptions<S, C, R>,
    private readonly guard: Guard,
    private readonly log: StepLog,
    private readonly carry: Carry,
    private readonly state: TrainerState,
    opened: OpenedCheckpoint | undefined,
  ) {
    this.resumed = opened?.resumed ?? null;
    this.#rate = opened?.fields.rate ?? null;
    const numbers = () => ({
      seed: session.seed,
      rate: this.#rate,
      learningRate: this.learningRate,
      choices: family.choices,
    });
    this.#saving = new Saving(state, guard, log, numbers, () => family.begun());
  }

  /**
   * Traces the loss, differentiates it and makes the program of a training step. Rejects with ArgumentError, ShapeError or
   * DtypeError for what does not fit together, before anything reaches the GPU.
   */
  static async create<S extends SpecTree, C extends SpecTree = Record<never, never>, R extends LossResult = LossResult>(
    device: Device,
    model: Model,
    options: TrainerOptions<S, C, R>,
  ): Promise<Trainer<S, C, R>> {
    checkDevice("Trainer", device);
    checkTrainerOptions(options);
    checkModel("Trainer", model);
    // most training begins anew
    const checkpoint = options.resume ? await import("./later.ts") : undefined;
    const opened = checkpoint && (await checkpoint.openCheckpoint(device, options));
    const { optimizer, onNonFinite = "throw", maxPrograms } = options;
    const bySize = isSized(options) ? await programsBySize("Trainer", options) : undefined;
    const trace = (sizes: Sizes) => recordSources(options.debug ?? false, () => traceStep(model, options, sizes));
    // what is wrong with the loss shows before anything is made for it
    const first = bySize ? undefined : trace({});
    const all = first?.parameters ?? parametersOf("Trainer", model, []);
    const trained = first?.trained.map(([parameter]) => parameter) ?? all.filter((each) => isTrained(optimizer, each));

    const seed = opened?.fields.seed ?? options.seed;
    return Session.open(device, all, { ...options, seed, choices: opened?.choices }, async (session) => {
      // a part of the model that was asked meanwhile has named them otherwise
      const named = namedParameters(model);
      const memory = session.own(new TrainingMemory(device, trained, optimizer));
      const guard = session.own(new Guard(device, onNonFinite, optimizer.averages ?? []));
      const make = async (sizes: Sizes, workspace: Workspace): Promise<StepProgram> => {
        const step = first ?? trace(sizes);
        const graph = stepGraph(step, memory, guard, options);
        return { executable: await session.program(graph, workspace), trace: step };
      };
      const family = await (bySize ?? oneProgram)(session, { where: "Trainer", maxPrograms, make });
      const carry = new Carry(family.workspace, options.carry ?? {}, () => family.last?.executable.replay);
      const log = new StepLog(() => family.current, onNonFinite === "throw");
      const parts = [memory, guard, carry, ...scheduleParts(optimizer)];
      const state = new TrainerState(device, named, parts);
      if (opened) {
        checkpoint?.restore(state, opened);
        log.resume(opened.fields.step, opened.fields.skipped);
        log.wrote(carry.names);
      }
      return new Trainer(session, model, family, options, guard, log, carry, state, opened);
    });
  }

  /** The device that it trains on. */
  get device(): Device {
    return this.session.device;
  }

  /** @internal The numbers of the next step. */
  get next(): RunNumbers {
    return this.#numbers(this.#rate);
  }

  /** @internal Of the size that was used last. */
  get executable(): Executable {
    return this.family.current.executable;
  }

  /** @internal */
  get replay(): Replay {
    return this.executable.replay;
  }

  /**
   * Steps so far, those in flight and those skipped included. Where one stopped training it goes back to the steps before
   * that one, whose batch is then as if it had never been.
   */
  get steps(): number {
    return this.log.steps;
  }

  /** Steps that were skipped, as far as it is known (`onNonFinite: "skip"`): of all whose result was awaited, and before. */
  get skipped(): number {
    return this.log.skipped;
  }

  /** The learning rate of the next step. */
  get learningRate(): number {
    return this.#rate ?? at(this.options.optimizer.learningRate, this.steps + 1);
  }

  /** Sets the learning rate from the next step on, in place of the optimizer's own. */
  set learningRate(rate: number) {
    checkArgument("Trainer", "learningRate", rate, required(nonNegative));
    this.#rate = rate;
  }

  /** Of the program that was used last. Throws DataError where extents have names and none was made yet. */
  get stats(): ProgramStats {
    return programStats(this.replay.program);
  }

  /** The programs that there are by now, and the memory that they share. */
  get programs(): ProgramsStats {
    return this.family.stats;
  }

  /** What a step does: kernels, dispatches, buffers, bytes; of the program that was used last. */
  describe(): string {
    return describeProgram(this.replay.program);
  }

  /**
   * Runs a step's dispatches with a clock around each, on the inputs of the last step, and says what each kernel costs.
   * The model, the optimizer and the carried state are what they were when it is done.
   */
  async profile(options: ProfileOptions = {}): Promise<Profile> {
    await this.#settled();
    return this.executable.profile(options, this.next);
  }

  /**
   * One training step. Inputs are checked before anything is changed. Rejects with NonFiniteError where the loss or the
   * gradients are not finite, or those of a step before were; see `onNonFinite`. Where extents have names, a step of a size that is
   * new waits for its program, and the steps behind it wait with it, on copies of their data.
   */
  async step(data: DataOf<S>): Promise<StepResult> {
    const rate = this.#rate;
    return this.family.run("step", data, (program, given) => this.#step(program, given, rate));
  }

  /**
   * One training step whose loss nobody reads: returns as soon as the work is handed to the GPU. Where the loss or the
   * gradients are not finite, what is awaited next (`step`, `stateDict`, `profile`) rejects with NonFiniteError. Throws DataError
   * for a size whose program is not there yet; see `prepare`.
   */
  stepWithoutLoss(data: DataOf<S>): void {
    this.family.checkUsable();
    if (this.log.error) throw this.log.error;
    // training has stopped, and who waits for the step that did it is told so
    if (this.log.failure) return;
    const rate = this.#rate;
    this.family.runPrepared("stepWithoutLoss", data, (program, given) => {
      const begin = this.#take("stepWithoutLoss", program, given, rate);
      return () => {
        if (!this.log.failure) begin(false);
      };
    });
  }

  /** Makes the program for these sizes of the named extents ahead of its first step, rounded up to buckets. */
  prepare(sizes: SizesOf<S>): Promise<void> {
    return this.family.prepare("prepare", sizes);
  }

  /**
   * Goes on after a NonFiniteError, with the model, the optimizer and the carry as they were before the step that failed. Does
   * nothing where no step has failed.
   */
  recover(): void {
    this.family.checkUsable();
    this.family.inOrder(() => {
      if (this.log.recover()) this.guard.release();
    });
  }

  /** Sets the carried state back to zeros, as at the start of a sequence. The next step may be of another batch size. */
  resetCarry(): void {
    this.family.checkUsable();
    this.family.inOrder(() => {
      this.carry.reset();
      this.log.wrote(this.carry.names);
    });
  }

  /** Reads the model's parameters back. */
  async stateDict(): Promise<StateDict> {
    const begun = this.family.begun();
    if (begun) await begun;
    const [state] = await Promise.all([stateDict(this.device, this.model), this.#settle()]);
    return state;
  }

  /**
   * Saves something together with the trainer from now on, under a name of its own: `Batches`, say, or a schedule that follows a
   * measure. In a trainer that was resumed it first takes over what the checkpoint has for that name.
   */
  attach<State>(name: string, resumable: Resumable<State>): void {
    this.state.attach(name, resumable as unknown as Resumable);
  }

  /**
   * Puts a checkpoint into a store: all that is needed to go on, as it is after the steps that were started before the call; more
   * may be started meanwhile. Checkpoints are put in place in the order of the calls. Rejects, and leaves the store as it was,
   * where training has stopped (NonFiniteError).
   */
  async save(store: CheckpointStore, options?: SaveOptions): Promise<void> {
    this.family.checkUsable();
    await this.#saving.save(store, options);
  }

  /** The bytes of a checkpoint, for a download, say: a safetensors file, which `resume` takes. */
  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    this.family.checkUsable();
    return this.#saving.checkpoint();
  }

  /**
   * The loss and the metrics that the loss function returns, over a data set (`Batches`, an array of batches, an async iterable) or
   * one batch, as inference: without dropout and the like. The carry begins with zeros and goes from batch to batch; that of the
   * training steps is not touched. Steps that are started meanwhile change the model for the batches that are still to come.
   */
  async evaluate(data: DataSet<DataOf<S>> | DataOf<S>): Promise<Evaluated<R>> {
    await this.#settled();
    const evaluation = await this.evaluation();
    return (await evaluation.evaluate(data)) as Evaluated<R>;
  }

  /**
   * The outputs that the loss function returns, as inference: of one batch, or of each batch of a data set, in order. Of the inputs
   * only those are needed that the outputs depend on; others are not looked at. The carry goes from batch to batch, as in `evaluate`.
   */
  predict(data: DataSet<PartialDataOf<S>>): AsyncGenerator<Predicted<R>, void, undefined>;
  predict(batch: PartialDataOf<S>): Promise<Predicted<R>>;
  predict(data: unknown): unknown {
    checkArgument("Trainer.predict", "data", data, required(either(object, iterable)));
    const begun = () => this.#settled().then(() => this.evaluation());
    return predictWith(begun, data as object);
  }

  /** @internal */
  evaluation(): Promise<Evaluation> {
    this.family.checkUsable();
    // who trains alone does without
    this.#evaluation ??= import("./later.ts").then(
      ({ Evaluation }) => new Evaluation(this.session, this.options as never),
    );
    return this.#evaluation;
  }

  /** Frees the programs, the gradients and the optimizer's state; the model's parameters stay. */
  dispose(): void {
    this.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #step(program: StepProgram, data: unknown, rate: number | null): Promise<StepResult> {
    const { device, guard, log } = this;
    if (log.failure) throw await log.failure;
    const staging = device.staging.take(guard.bytes);
    let ticket: Ticket;
    try {
      const begin = this.#take("step", program, data, rate);
      ticket = begin(true, (encoder) => guard.copy(encoder, staging));
    } catch (error) {
      device.staging.give(staging);
      throw error;
    }
    const bytes = await device.staging.read(staging, guard.bytes, this.#pacer);
    program.executable.replay.failures.check();
    return log.judge(guard.verdict(bytes), ticket);
  }

  /** Checks the data of a step; gives what begins it. */
  #take(op: string, { executable }: StepProgram, data: unknown, rate: number | null): Begin {
    const { log, carry } = this;
    const upload = executable.take(op, data, carry.names, (name, typed) => log.keep(name, typed));
    return (isAwaited, after) => {
      carry.require(op, executable.replay, upload.names);
      // before the step counts: a schedule may throw
      const numbers = this.#numbers(rate);
      const ticket = log.begin(upload.names, isAwaited);
      executable.run(upload, numbers, after);
      carry.began(executable.replay);
      return ticket;
    };
  }

  #numbers(rate: number | null): RunNumbers {
    const step = this.steps + 1;
    const { optimizer } = this.options;
    return { step, scalars: ratesOf(optimizer, rate ?? at(optimizer.learningRate, step), step) };
  }

  /** The same, when all steps that were called have begun. */
  async #settled(): Promise<void> {
    const begun = this.family.begun();
    if (begun) await begun;
    await this.#settle();
  }

  /** Reports what went wrong in steps whose result nobody has read. */
  async #settle(): Promise<void> {
    const { device, guard, log } = this;
    if (!log.unread) return;
    const ticket = log.read();
    const staging = device.staging.take(guard.bytes);
    const encoder = device.gpu.createCommandEncoder({ label: "read guard" });
    guard.copy(encoder, staging);
    device.gpu.queue.submit([encoder.finish()]);
    await log.judge(guard.verdict(await device.staging.read(staging, guard.bytes)), ticket);
  }
}
