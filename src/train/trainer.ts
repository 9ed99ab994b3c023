import { ArgumentError, DataError } from "../errors.ts";
import { checkDevice, type Device } from "../gpu/device.ts";
import { checkModel, type Model, stateDict } from "../nn/module.ts";
import type { StateDict } from "../nn/state-dict.ts";
import { checkArgument, either, fn, iterable, nonNegative, object, required } from "../options.ts";
import { type ProgramStats, programStats } from "../plan/describe.ts";
import { type DescribeOptions, describeFor } from "../run/describe-for.ts";
import type { Executable, RunNumbers } from "../run/executable.ts";
import type { DataOf, PartialDataOf, SpecTree } from "../run/inputs.ts";
import type { Profile, ProfileOptions } from "../run/profile.ts";
import type { Programs } from "../run/programs.ts";
import type { Replay } from "../run/replay.ts";
import type { ProgramsStats, SizesOf } from "../run/sizes/types.ts";
import type { Resumable, Resumed, SaveOptions } from "./checkpoint/resumable.ts";
import { Saving } from "./checkpoint/saving.ts";
import type { CheckpointStore } from "./checkpoint/store.ts";
import type { Evaluation } from "./evaluation/evaluation.ts";
import type { StepMetrics } from "./evaluation/step-metrics.ts";
import { type DataSet, type Evaluated, type MetricsOf, type Predicted, predictWith } from "./evaluation/types.ts";
import { openTraining, type Training } from "./open-training.ts";
import { checkTrainerOptions, type LossResult, type StepResult, type TrainerOptions } from "./options.ts";
import type { StepProgram } from "./step-log.ts";

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
  readonly #saving: Saving;

  private constructor(
    readonly model: Model,
    private readonly options: TrainerOptions<S, C, R>,
    private readonly training: Training,
  ) {
    const { session, stepping, state } = training;
    const numbers = () => ({
      seed: session.seed,
      rate: stepping.rate,
      learningRate: stepping.learningRate,
      choices: stepping.programs.choices,
    });
    this.#saving = new Saving(state, stepping.guard, stepping.log, numbers, () => stepping.programs.begun());
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
    return new Trainer(model, options, await openTraining(device, model, options));
  }

  /** What it went on from; null where it began anew. */
  get resumed(): Resumed | null {
    return this.training.resumed;
  }

  /** The device that it trains on. */
  get device(): Device {
    return this.training.session.device;
  }

  /** @internal The numbers of the next step. */
  get next(): RunNumbers {
    return this.training.stepping.next;
  }

  /** @internal Of the size that was used last. */
  get executable(): Executable {
    return this.#programs.current.executable;
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
    return this.training.stepping.log.steps;
  }

  /** Steps that were skipped, as far as it is known (`onNonFinite: "skip"`): of all whose result was awaited, and before. */
  get skipped(): number {
    return this.training.stepping.log.skipped;
  }

  /** The learning rate of the next step. */
  get learningRate(): number {
    return this.training.stepping.learningRate;
  }

  /** Sets the learning rate from the next step on, in place of the optimizer's own. */
  set learningRate(rate: number) {
    checkArgument("Trainer", "learningRate", rate, required(nonNegative));
    this.training.stepping.rate = rate;
  }

  /** Of the program that was used last. Throws DataError where extents have names and none was made yet. */
  get stats(): ProgramStats {
    return programStats(this.replay.program);
  }

  /** The programs that there are by now, and the memory that they share. */
  get programs(): ProgramsStats {
    return this.#programs.stats;
  }

  /** What a step does: kernels, dispatches, buffers, bytes; of the program that was used last. */
  describe(): string;
  /**
   * The same as it would be on another kind of adapter: `describe({ adapter: "hardware" })` is the plan for GPUs, on any machine.
   * Traces the function once more.
   */
  describe(options: DescribeOptions): Promise<string>;
  describe(options?: DescribeOptions): string | Promise<string> {
    return describeFor("describe", this.#programs.current, options);
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
    return this.training.stepping.step(data);
  }

  /**
   * One training step whose loss nobody reads: returns as soon as the work is handed to the GPU. Where the loss or the
   * gradients are not finite, what is awaited next (`step`, `stateDict`, `profile`) rejects with NonFiniteError. Throws DataError
   * for a size whose program is not there yet; see `prepare`.
   */
  stepWithoutLoss(data: DataOf<S>): void {
    this.training.stepping.stepWithoutLoss(data);
  }

  /** Makes the program for these sizes of the named extents ahead of its first step, rounded up to buckets. */
  prepare(sizes: SizesOf<S>): Promise<void> {
    return this.#programs.prepare("prepare", sizes);
  }

  /**
   * Goes on after a NonFiniteError, with the model, the optimizer and the carry as they were before the step that failed. Does
   * nothing where no step has failed.
   */
  recover(): void {
    this.training.stepping.recover();
  }

  /** Sets the carried state back to zeros, as at the start of a sequence. The next step may be of another batch size. */
  resetCarry(): void {
    this.training.stepping.resetCarry();
  }

  /**
   * The metrics that the loss function returns, over the training steps since `resetMetrics`: those that were started before the call,
   * without those that were skipped. Rejects with DataError without the option `stepMetrics`.
   */
  async stepMetrics(): Promise<MetricsOf<R>> {
    const metrics = this.#metrics("stepMetrics");
    await this.#settled();
    return (await metrics.read()) as MetricsOf<R>;
  }

  /** Begins anew with `stepMetrics`, behind the steps that were started. Throws DataError without that option. */
  resetMetrics(): void {
    const metrics = this.#metrics("resetMetrics");
    this.#programs.checkUsable();
    this.#programs.inOrder(() => metrics.reset());
  }

  /** @internal */
  get internals(): Training {
    return this.training;
  }

  /** @internal Whether steps are measured. */
  get measuresSteps(): boolean {
    return this.training.metrics !== undefined;
  }

  /**
   * Calls a function while the model has its averaged weights (option `weightAverage`), after the steps that were started before:
   * what it evaluates, predicts, reads or generates is of those. Steps reject until it is done; then the model has the weights that
   * are trained, and what the function wrote into it is gone. A checkpoint that is saved meanwhile has both. Gives what the function
   * gives. Before the first update both are the same.
   *
   * @example
   * ```ts
   * import type { Device, Model, Trainer } from "seqgrad";
   *
   * const averaged = (trainer: Trainer<object>) => trainer.withAverage(() => trainer.stateDict());
   * ```
   */
  async withAverage<T>(use: () => T | PromiseLike<T>): Promise<T> {
    checkArgument("Trainer.withAverage", "use", use, required(fn));
    const { average, stepping } = this.training;
    if (!average) {
      throw new ArgumentError(
        "Trainer.withAverage: the trainer makes no average of weights, expected one; create it with weightAverage: {}",
      );
    }
    this.#programs.checkUsable();
    stepping.checkOwnWeights("Trainer.withAverage");
    stepping.isPaused = true;
    try {
      await this.#settled();
      const restore = average.swap();
      try {
        return await use();
      } finally {
        restore();
      }
    } finally {
      stepping.isPaused = false;
    }
  }

  /** Reads the model's parameters back. */
  async stateDict(): Promise<StateDict> {
    const begun = this.#programs.begun();
    if (begun) await begun;
    const [state] = await Promise.all([stateDict(this.device, this.model), this.training.stepping.settle()]);
    return state;
  }

  /**
   * Saves something together with the trainer from now on, under a name of its own: `Batches`, say, or a schedule that follows a
   * measure. In a trainer that was resumed it first takes over what the checkpoint has for that name.
   */
  attach<State>(name: string, resumable: Resumable<State>): void {
    this.training.state.attach(name, resumable as unknown as Resumable);
  }

  /**
   * Puts a checkpoint into a store: all that is needed to go on, as it is after the steps that were started before the call; more
   * may be started meanwhile. Checkpoints are put in place in the order of the calls. Rejects, and leaves the store as it was,
   * where training has stopped (NonFiniteError).
   */
  async save(store: CheckpointStore, options?: SaveOptions): Promise<void> {
    this.#programs.checkUsable();
    await this.#saving.save(store, options);
  }

  /** The bytes of a checkpoint, for a download, say: a safetensors file, which `resume` takes. */
  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    this.#programs.checkUsable();
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
    this.#programs.checkUsable();
    // who trains alone does without
    this.#evaluation ??= import("./later.ts").then(
      ({ Evaluation }) => new Evaluation(this.training.session, this.options as never),
    );
    return this.#evaluation;
  }

  /** Frees the programs, the gradients and the optimizer's state; the model's parameters stay. */
  dispose(): void {
    this.training.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #metrics(op: string): StepMetrics {
    const { metrics } = this.training;
    if (metrics) return metrics;
    throw new DataError(
      `Trainer.${op}: steps are not measured, expected the option stepMetrics; create the trainer with stepMetrics: true`,
    );
  }

  get #programs(): Programs<StepProgram> {
    return this.training.stepping.programs;
  }

  /** Reports what went wrong in steps whose result nobody has read, when all that were called have begun. */
  async #settled(): Promise<void> {
    const begun = this.#programs.begun();
    if (begun) await begun;
    await this.training.stepping.settle();
  }
}
