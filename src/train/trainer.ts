import { checkDevice, type Device } from "../gpu/device.ts";
import { Pacer } from "../gpu/pacer.ts";
import type { Slot } from "../graph/lowering.ts";
import { recordSources } from "../graph/source.ts";
import { type Model, namedParameters, stateDict } from "../nn/module.ts";
import type { StateDict } from "../nn/state-dict.ts";
import { checkArgument, nonNegative, required } from "../options.ts";
import { describeProgram, type ProgramStats, programStats } from "../plan/describe.ts";
import type { Executable, RunNumbers } from "../run/executable.ts";
import type { DataOf, SpecTree } from "../run/inputs.ts";
import type { Profile, ProfileOptions } from "../run/profile.ts";
import type { Replay } from "../run/replay.ts";
import { Session } from "../run/session.ts";
import type { Resumable, Resumed, SaveOptions } from "./checkpoint/resumable.ts";
import type { OpenedCheckpoint } from "./checkpoint/resume.ts";
import { Saving } from "./checkpoint/saving.ts";
import type { CheckpointStore } from "./checkpoint/store.ts";
import { carryPart, scheduleParts } from "./checkpoint/trainer-parts.ts";
import { TrainerState } from "./checkpoint/trainer-state.ts";
import { TrainingMemory } from "./gradients.ts";
import { Guard } from "./guard.ts";
import { ratesOf } from "./optim/groups.ts";
import { at } from "./optim/rate.ts";
import { checkTrainerOptions, type StepResult, type TrainerOptions } from "./options.ts";
import { StepLog, type Ticket } from "./step-log.ts";
import { traceStep } from "./trace.ts";

/**
 * Trains a model: forward, backward, clipping and update are one program, replayed at each step with one submit. Steps may
 * be started before the last one's result is there; they run in order.
 */
export class Trainer<S extends SpecTree, C extends SpecTree = Record<never, never>> {
  #rate: number | null = null;
  /** What it went on from; null where it began anew. */
  readonly resumed: Resumed | null;
  readonly #pacer = new Pacer();
  readonly #saving: Saving;

  private constructor(
    private readonly session: Session,
    readonly model: Model,
    /** @internal */
    readonly executable: Executable,
    private readonly options: TrainerOptions<S, C>,
    private readonly guard: Guard,
    private readonly log: StepLog,
    /** Names of the carried inputs. */
    private readonly carried: ReadonlySet<string>,
    private readonly state: TrainerState,
    opened: OpenedCheckpoint | undefined,
  ) {
    this.resumed = opened?.resumed ?? null;
    this.#rate = opened?.fields.rate ?? null;
    this.#saving = new Saving(state, guard, log, () => ({
      seed: session.seed,
      rate: this.#rate,
      learningRate: this.learningRate,
      choices: executable.request.adapter.measured ?? new Map(),
    }));
  }

  static async create<S extends SpecTree, C extends SpecTree = Record<never, never>>(
    device: Device,
    model: Model,
    options: TrainerOptions<S, C>,
  ): Promise<Trainer<S, C>> {
    checkDevice("Trainer", device);
    checkTrainerOptions(options);
    // most training begins anew
    const checkpoint = options.resume ? await import("./checkpoint/resume.ts") : undefined;
    const opened = await checkpoint?.openCheckpoint(device, options);
    const { clipNorm = 0, clipValue = 0, optimizer, onNonFinite = "throw" } = options;
    const trace = recordSources(options.debug ?? false, () => traceStep(model, options));
    const { loss, inputs, carried, updates, trained } = trace;
    const parameters = trained.map(([parameter]) => parameter);

    const seed = opened?.fields.seed ?? options.seed;
    return Session.open(device, trace.parameters, { ...options, seed, choices: opened?.choices }, async (session) => {
      const memory = session.own(new TrainingMemory(device, parameters, optimizer));
      const guard = session.own(new Guard(device, onNonFinite, optimizer.averages ?? []));
      const executable = await session.program({
        inputs,
        outputs: { loss },
        updates,
        destinations: trained.map(([parameter, gradient]) => [gradient, memory.gradientPlace(parameter)] as const),
        epilogue: {
          stateInPlace: onNonFinite === "continue",
          lower(to, outputs, next) {
            const segments = memory.segments(to);
            const squares = memory.lowerSquares(to, segments);
            const verdict = guard.lower(to, outputs.get("loss") as Slot, squares, next);
            optimizer.lower(to, segments, { guard: verdict, clipNorm, clipValue });
          },
        },
      });
      const log = new StepLog(executable, trace, onNonFinite === "throw");
      const names = new Set(carried.map(({ name }) => name));
      const parts = [memory, guard, carryPart(executable, carried), ...scheduleParts(optimizer)];
      const state = new TrainerState(device, namedParameters(model), parts);
      if (opened) {
        checkpoint?.restore(state, opened);
        log.resume(opened.fields.step, opened.fields.skipped);
        log.wrote(names);
      }
      return new Trainer(session, model, executable, options, guard, log, names, state, opened);
    });
  }

  get device(): Device {
    return this.session.device;
  }

  /** @internal The numbers of the next step. */
  get next(): RunNumbers {
    const step = this.steps + 1;
    return { step, scalars: ratesOf(this.options.optimizer, this.learningRate, step) };
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
  async profile(options: ProfileOptions = {}): Promise<Profile> {
    await this.#settle();
    return this.executable.profile(options, this.next);
  }

  /**
   * One training step. Inputs are checked before anything is changed. Rejects with NonFiniteError where the loss or the
   * gradients are not finite, or those of a step before were; see `onNonFinite`.
   */
  async step(data: DataOf<S>): Promise<StepResult> {
    const { device, guard, log } = this;
    this.replay.checkUsable();
    if (log.failure) throw await log.failure;
    const staging = device.staging.take(guard.bytes);
    let ticket: Ticket;
    try {
      ticket = this.#submit(data, true, (encoder) => guard.copy(encoder, staging));
    } catch (error) {
      device.staging.give(staging);
      throw error;
    }
    const bytes = await device.staging.read(staging, guard.bytes, this.#pacer);
    this.replay.failures.check();
    return log.judge(guard.verdict(bytes), ticket);
  }

  /**
   * One training step whose loss nobody reads: returns as soon as the work is handed to the GPU. Where the loss or the
   * gradients are not finite, what is awaited next (`step`, `stateDict`, `profile`) rejects with NonFiniteError.
   */
  stepWithoutLoss(data: DataOf<S>): void {
    this.replay.checkUsable();
    if (this.log.error) throw this.log.error;
    // training has stopped, and who waits for the step that did it is told so
    if (this.log.failure) return;
    this.#submit(data, false);
  }

  /**
   * Goes on after a NonFiniteError, with the model, the optimizer and the carry as they were before the step that failed. Does
   * nothing where no step has failed.
   */
  recover(): void {
    this.replay.checkUsable();
    if (this.log.recover()) this.guard.release();
  }

  /** Sets the carried state back to zeros, as at the start of a sequence. */
  resetCarry(): void {
    const { device, replay } = this;
    replay.checkUsable();
    replay.failures.run(() => {
      const encoder = device.gpu.createCommandEncoder({ label: "reset carry" });
      for (const name of this.carried) replay.prepare(name, undefined)(encoder);
      device.gpu.queue.submit([encoder.finish()]);
    });
    this.log.wrote(this.carried);
  }

  /** Reads the model's parameters back. */
  async stateDict(): Promise<StateDict> {
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
    this.replay.checkUsable();
    await this.#saving.save(store, options);
  }

  /** The bytes of a checkpoint, for a download, say: a safetensors file, which `resume` takes. */
  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    this.replay.checkUsable();
    return this.#saving.checkpoint();
  }

  /** Frees the program, the gradients and the optimizer's state; the model's parameters stay. */
  dispose(): void {
    this.session.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #submit(data: DataOf<S>, isAwaited: boolean, after?: (encoder: GPUCommandEncoder) => void): Ticket {
    const { executable, log } = this;
    const upload = executable.take("step", data, this.carried, (name, typed) => log.keep(name, typed));
    // before the step counts: a schedule may throw
    const numbers = this.next;
    const ticket = log.begin(upload.names, isAwaited);
    executable.run(upload, numbers, after);
    return ticket;
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
