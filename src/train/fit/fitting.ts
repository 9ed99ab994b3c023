import { DataError } from "../../errors.ts";
import type { Trainer } from "../trainer.ts";
import { type Batches, type Data, iterate, knowsPosition, positionOf } from "./data.ts";
import { FitProgress, NO_STEPS } from "./progress.ts";
import type { Delivery } from "./saved.ts";
import type { EpochEvent, FitCallback, FitOptions, FitRun, History, StepEvent } from "./types.ts";

/** A call of `fit`. Whatever it awaits, the trainer may be saved meanwhile, so what was done until then is noted before. */
export class Fitting {
  readonly #at: FitProgress;
  readonly #run: FitRun;
  readonly #callbacks: readonly FitCallback[];
  readonly #validation: Data | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #inFlight: number;
  readonly #validateAverage: boolean;

  constructor(
    private readonly trainer: Trainer<never, never>,
    private readonly data: Data,
    options: FitOptions<object>,
  ) {
    const { epochs = 1, validation, callbacks = [], signal, inFlight = 3, name = "fit" } = options;
    const { validateAverage = false } = options;
    this.#validateAverage = validateAverage;
    this.#callbacks = callbacks;
    this.#validation = validation;
    this.#signal = signal;
    this.#inFlight = inFlight;
    const at = new FitProgress(name, trainer, data, validation, callbacks);
    this.#at = at;
    this.#run = {
      trainer,
      epochs,
      stepsPerEpoch: typeof data.length === "number" ? data.length : undefined,
      get history() {
        return at.history;
      },
      weights: () => this.#validated(() => trainer.stateDict()),
      stop(reason) {
        at.stopped ??= reason;
      },
    };
  }

  async run(): Promise<History> {
    const at = this.#at;
    const { saved } = at;
    if (saved?.left || (saved?.ended && this.#isDone())) {
      at.endedAt = saved.left ? Number.NaN : this.trainer.steps;
      return { epochs: at.history, stopped: at.stopped };
    }
    try {
      for (const callback of this.#callbacks) await callback.start?.(this.#run);
      await at.restoreCallbacks(this.#run);
      if (at.delivering) await this.#deliver(at.delivering);
      while (!this.#isDone()) await this.#goOn();
    } finally {
      await Promise.allSettled(at.started.map(({ result }) => result));
      at.started = [];
      at.epoch = { ...at.epoch, seconds: at.seconds };
      at.begun = undefined;
      for (const callback of this.#callbacks) await callback.end?.(this.#run);
      at.endedAt = this.trainer.steps;
    }
    return { epochs: at.history, stopped: at.stopped };
  }

  #isOver(): boolean {
    if (this.#signal?.aborted) this.#run.stop("signal");
    return this.#at.stopped !== null;
  }

  #isDone(): boolean {
    return this.#isOver() || this.#at.history.length >= this.#run.epochs;
  }

  /** What is left of an epoch. */
  async #goOn(): Promise<void> {
    const [at, validation] = [this.#at, this.#validation];
    const { trainer } = this;
    at.begun = performance.now();
    await this.#train();
    // an epoch that was broken off is none
    if (this.#isOver()) return;
    if (at.epoch.steps === 0) {
      throw new DataError(
        `fit: epoch ${at.history.length + 1} has no batches, expected at least one; what can be iterated over once is empty the next time`,
      );
    }
    const trainingMetrics: Record<string, unknown> = trainer.measuresSteps ? await trainer.stepMetrics() : {};
    if (validation) at.evaluating = positionOf(validation);
    const evaluated = validation && (await this.#validated(() => trainer.evaluate(validation as never)));
    const event: EpochEvent = {
      epoch: at.history.length + 1,
      step: trainer.steps,
      loss: at.epoch.sum / at.epoch.counted,
      trainingMetrics,
      validationLoss: evaluated?.loss,
      metrics: (evaluated?.metrics ?? {}) as Record<string, unknown>,
      learningRate: trainer.learningRate,
      seconds: at.seconds,
    };
    at.history = [...at.history, event];
    [at.epoch, at.begun, at.evaluating] = [NO_STEPS, undefined, undefined];
    at.position = positionOf(this.data);
    await this.#deliver({ kind: "epoch", event, from: 0 });
  }

  async #train(): Promise<void> {
    const { data, trainer } = this;
    const at = this.#at;
    const { steps } = at.epoch;
    // the rest of an epoch goes on where the run was broken off
    if (steps === 0 && data.startsEpoch !== false) trainer.resetCarry();
    if (steps === 0 && trainer.measuresSteps) trainer.resetMetrics();
    const isOut = steps > 0 && data.startsEpoch === true && knowsPosition(data);
    const batches = iterate(isOut ? [] : data);
    try {
      if (!knowsPosition(data)) await this.#skip(batches, steps);
      for (;;) {
        while (at.started.length >= this.#inFlight) await this.#finishOldest();
        await this.#pause();
        if (this.#isOver()) break;
        const next = batches.next();
        // what is there at once is trained on at once
        const { done, value } = next instanceof Promise ? await next : next;
        if (done) break;
        this.#start(value);
      }
    } finally {
      await batches.return?.();
    }
    while (at.started.length > 0) await this.#finishOldest();
  }

  /** Does something with the weights that are validated. */
  #validated<T>(use: () => Promise<T>): Promise<T> {
    return this.#validateAverage ? this.trainer.withAverage(use) : use();
  }

  /** Leaves out the batches that a run before has taken. */
  async #skip(batches: Batches, count: number): Promise<void> {
    for (let given = 0; given < count; given++) {
      if (!(await batches.next()).done) continue;
      throw new DataError(
        `fit: epoch ${this.#at.history.length + 1} has ${given} batches, expected those that the run was begun with, of which ${count} are trained on`,
      );
    }
  }

  #start(batch: object): void {
    const at = this.#at;
    const { learningRate } = this.trainer;
    const result = this.trainer.step(batch as never);
    // whoever awaits it is told
    result.catch(() => {});
    at.epoch = { ...at.epoch, steps: at.epoch.steps + 1 };
    const step = { step: ++at.step, epoch: at.history.length + 1, stepInEpoch: at.epoch.steps, learningRate };
    at.started = [...at.started, { step, result }];
    at.position = positionOf(this.data);
  }

  async #finishOldest(): Promise<void> {
    const at = this.#at;
    const [{ step, result }, ...others] = at.started as [FitProgress["started"][number]];
    const { loss, gradNorm, skipped } = await result;
    at.started = others;
    const { sum, counted } = at.epoch;
    if (!skipped) at.epoch = { ...at.epoch, sum: sum + loss, counted: counted + 1 };
    at.last = { ...step, loss, gradNorm, skipped };
    await this.#deliver({ kind: "step", event: at.last, from: 0 });
  }

  /** Ends the steps in flight, where a callback wants none behind this one. */
  async #pause(): Promise<void> {
    const at = this.#at;
    if (at.pausedAt === at.step) return;
    if (this.#callbacks.some((callback) => pausesAt(callback, at.step))) {
      while (at.started.length > 0) await this.#finishOldest();
      at.pausedAt = at.step;
      await this.#deliver({ kind: "pause", event: at.last as StepEvent, from: 0 });
    }
    at.pausedAt = at.step;
  }

  /** Tells callbacks of an event. */
  async #deliver(delivery: Delivery): Promise<void> {
    const { kind, event } = delivery;
    this.#at.delivering = delivery;
    while (delivery.from < this.#callbacks.length) {
      const callback = this.#callbacks[delivery.from++] as FitCallback;
      if (kind === "pause" && !pausesAt(callback, event.step)) continue;
      const done = callback[kind]?.(event as never, this.#run);
      if (done) await done;
    }
    this.#at.delivering = null;
  }
}

const pausesAt = ({ every, pause }: FitCallback, step: number): boolean =>
  pause !== undefined && step % (every as number) === 0;
