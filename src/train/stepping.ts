import { DataError } from "../errors.ts";
import { Pacer } from "../gpu/pacer.ts";
import type { RunNumbers } from "../run/executable.ts";
import type { Programs } from "../run/programs.ts";
import type { Carry } from "./carry.ts";
import type { Guard } from "./guard.ts";
import { ratesOf } from "./optim/groups.ts";
import type { Optimizer } from "./optim/optimizer.ts";
import { at } from "./optim/rate.ts";
import type { StepResult } from "./options.ts";
import type { StepLog, StepProgram, Ticket } from "./step-log.ts";

/** Begins a step whose data are checked; `after` may add copies to its end. */
type Begin = (isAwaited: boolean, after?: (encoder: GPUCommandEncoder) => void) => Ticket;

/** Starts a trainer's steps, and reads what became of them. */
export class Stepping {
  /** The learning rate that was set by hand; null where the optimizer's own holds. */
  rate: number | null = null;
  /** The model has other weights than those that are trained. */
  isPaused = false;
  readonly #pacer = new Pacer();

  constructor(
    readonly programs: Programs<StepProgram>,
    readonly optimizer: Optimizer,
    readonly guard: Guard,
    readonly log: StepLog,
    readonly carry: Carry,
    /** Steps that are made for an update. */
    readonly every = 1,
  ) {}

  /** The learning rate of the next step. */
  get learningRate(): number {
    return this.rate ?? at(this.optimizer.learningRate, this.#updates);
  }

  /** The numbers of the next step. */
  get next(): RunNumbers {
    return this.#numbers(this.rate);
  }

  async step(data: unknown): Promise<StepResult> {
    this.checkOwnWeights("step");
    const { rate } = this;
    return this.programs.run("step", data, (program, given) => this.#step(program, given, rate));
  }

  stepWithoutLoss(data: unknown): void {
    const { programs, log, rate } = this;
    programs.checkUsable();
    this.checkOwnWeights("stepWithoutLoss");
    if (log.error) throw log.error;
    // training has stopped, and who waits for the step that did it is told so
    if (log.failure) return;
    programs.runPrepared("stepWithoutLoss", data, (program, given) => {
      const begin = this.#take("stepWithoutLoss", program, given, rate);
      return () => {
        if (!log.failure) begin(false);
      };
    });
  }

  recover(): void {
    this.programs.checkUsable();
    this.programs.inOrder(() => {
      if (this.log.recover()) this.guard.release();
    });
  }

  resetCarry(): void {
    this.programs.checkUsable();
    this.programs.inOrder(() => {
      this.carry.reset();
      this.log.wrote(this.carry.names);
    });
  }

  /** Throws DataError while the model has other weights than those that are trained. */
  checkOwnWeights(op: string): void {
    if (!this.isPaused) return;
    throw new DataError(
      `${op}: the model has its averaged weights, expected those that are trained; wait for what withAverage gave`,
    );
  }

  /** Reports what went wrong in steps whose result nobody has read. */
  async settle(): Promise<void> {
    const { guard, log } = this;
    const { device } = guard;
    if (!log.unread) return;
    const ticket = log.read();
    const staging = device.staging.take(guard.bytes);
    const encoder = device.gpu.createCommandEncoder({ label: "read guard" });
    guard.copy(encoder, staging);
    device.gpu.queue.submit([encoder.finish()]);
    await log.judge(guard.verdict(await device.staging.read(staging, guard.bytes)), ticket);
  }

  async #step(program: StepProgram, data: unknown, rate: number | null): Promise<StepResult> {
    const { guard, log } = this;
    const { staging: pool } = guard.device;
    if (log.failure) throw await log.failure;
    const staging = pool.take(guard.bytes);
    let ticket: Ticket;
    try {
      const begin = this.#take("step", program, data, rate);
      ticket = begin(true, (encoder) => guard.copy(encoder, staging));
    } catch (error) {
      pool.give(staging);
      throw error;
    }
    const bytes = await pool.read(staging, guard.bytes, this.#pacer);
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
    const { optimizer } = this;
    const update = this.#updates;
    return {
      step: this.log.steps + 1,
      scalars: ratesOf(optimizer, rate ?? at(optimizer.learningRate, update), update),
    };
  }

  /** Number of the update, from 1, that the next step is a part of; steps that were skipped count. */
  get #updates(): number {
    return Math.floor(this.log.steps / this.every) + 1;
  }
}
