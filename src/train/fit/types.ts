import type { HostTensor } from "../../io/tensors.ts";
import type { StateDict } from "../../nn/state-dict.ts";
import type { PlainData } from "../checkpoint/resumable.ts";
import type { DataSet } from "../evaluation/types.ts";
import type { Trainer } from "../trainer.ts";

/** What `fit` needs to know of a trainer. */
export type AnyTrainer = Pick<
  Trainer<never, never>,
  "steps" | "learningRate" | "stateDict" | "model" | "device" | "save" | "withAverage"
>;

/** A step whose result is known. */
export interface StepEvent {
  /** The trainer's step, from 1. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  /** Its place in the epoch, from 1. */
  readonly stepInEpoch: number;
  /** The step's loss. */
  readonly loss: number;
  /** Norm of all gradients, before clipping. */
  readonly gradNorm: number;
  /** Whether it changed nothing, because something was not finite. */
  readonly skipped: boolean;
  /** The rate that it was made with. */
  readonly learningRate: number;
}

/** An epoch that is done. */
export interface EpochEvent {
  /** From 1. */
  readonly epoch: number;
  /** The trainer's steps by then. */
  readonly step: number;
  /** The mean of its steps' losses; steps that were skipped aside. */
  readonly loss: number;
  /** The metrics over its steps, where the trainer has `stepMetrics`. */
  readonly trainingMetrics: Readonly<Record<string, unknown>>;
  /** The loss over the validation data; undefined without any. */
  readonly validationLoss: number | undefined;
  /** What `evaluate` gave over the validation data. */
  readonly metrics: Readonly<Record<string, unknown>>;
  /** The rate of the next step. */
  readonly learningRate: number;
  /** Of its steps and its validation; those of a run that was broken off before included. */
  readonly seconds: number;
}

/** What a call of `fit` did, in all runs that it took. */
export interface History {
  /** In order. */
  readonly epochs: readonly EpochEvent[];
  /** Why it ended before all epochs were done: what `stop` was given, or `"signal"`; null where they were. */
  readonly stopped: string | null;
}

/** What callbacks are given beside the event. */
export interface FitRun {
  /** The trainer. */
  readonly trainer: AnyTrainer;
  /** Epochs that were asked for. */
  readonly epochs: number;
  /** Steps of an epoch, where the data have a `length`. */
  readonly stepsPerEpoch: number | undefined;
  /** Epochs so far. */
  readonly history: readonly EpochEvent[];
  /** Reads the weights that are validated: the model's, or their moving average (`validateAverage`). */
  weights(): Promise<StateDict>;
  /** Ends the run after the steps in flight; the reason goes to the history. */
  stop(reason: string): void;
}

/**
 * What is done on the way. Each may return a promise, which is awaited. Callbacks are called in their order.
 *
 * One that remembers something and is to go on with it in a resumed run has `state` and `restore`. If the run is saved while it is
 * being told of an event, it is told again, so it should change what it remembers when all else is done; one without `state` is not.
 */
export interface FitCallback {
  /** Under what its state is saved; those of the same name are numbered. `"callback"` by default. */
  readonly name?: string;
  /** What it remembers. */
  state?(): PlainData;
  /** Tensors that it remembers beside. */
  tensors?(): ReadonlyMap<string, HostTensor>;
  /** Takes up what was saved, after `start`. */
  restore?(state: PlainData, tensors: ReadonlyMap<string, HostTensor>, run: FitRun): void | Promise<void>;
  /** Before the first step. */
  start?(run: FitRun): void | Promise<void>;
  /** For each step, in order, when its result is known; others are in flight by then. */
  step?(event: StepEvent, run: FitRun): void | Promise<void>;
  /** Steps of the trainer between two calls of `pause`. */
  readonly every?: number;
  /** Each `every` steps, when no step is in flight. */
  pause?(event: StepEvent, run: FitRun): void | Promise<void>;
  /** For each epoch, with no step in flight. */
  epoch?(event: EpochEvent, run: FitRun): void | Promise<void>;
  /** After the last step, however the run ended. */
  end?(run: FitRun): void | Promise<void>;
}

/** Options of `fit`. */
export interface FitOptions<D> {
  /** Passes over the data; 1. */
  readonly epochs?: number | undefined;
  /** A data set that is evaluated after each epoch. */
  readonly validation?: DataSet<D> | undefined;
  /**
   * Validates the moving average of the weights that the trainer makes (`weightAverage`), which is then also what early stopping keeps
   * of the best epoch and restores; false: the weights that are trained. Callbacks find the model with the latter either way, and
   * `trainer.withAverage` has the former when the run is done.
   */
  readonly validateAverage?: boolean | undefined;
  /** What is done on the way; see `callbacks`. */
  readonly callbacks?: readonly FitCallback[] | undefined;
  /** Ends the run after the steps in flight. */
  readonly signal?: AbortSignal | undefined;
  /** Steps that are started at most before the result of the first of them is there; 3. */
  readonly inFlight?: number | undefined;
  /**
   * Under what the run is saved with the trainer; `"fit"`. A program that calls `fit` several times on one trainer gives each call a
   * name of its own, so that a resumed one goes on in the right call.
   */
  readonly name?: string | undefined;
}
