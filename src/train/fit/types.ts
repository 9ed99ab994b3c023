import type { Trainer } from "../trainer.ts";

/** What `fit` needs to know of a trainer. */
export type AnyTrainer = Pick<
  Trainer<never, never>,
  "steps" | "learningRate" | "stateDict" | "model" | "device" | "save"
>;

/** A step whose result is known. */
export interface StepEvent {
  /** The trainer's step, from 1. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  /** The step's loss. */
  readonly loss: number;
  /** Norm of all gradients, before clipping. */
  readonly gradNorm: number;
  /** Whether it changed nothing, because something was not finite. */
  readonly skipped: boolean;
  /** The rate of the next step that is to be started. */
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
  /** The loss over the validation data; undefined without any. */
  readonly validationLoss: number | undefined;
  /** What `evaluate` gave over the validation data. */
  readonly metrics: Readonly<Record<string, unknown>>;
  /** The rate of the next step. */
  readonly learningRate: number;
  /** Of its steps and its validation. */
  readonly seconds: number;
}

/** What a call of `fit` did. */
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
  /** Epochs so far. */
  readonly history: readonly EpochEvent[];
  /** Ends the run after the steps in flight; the reason goes to the history. */
  stop(reason: string): void;
}

/** What is done on the way. Each may return a promise, which is awaited. Callbacks are called in their order. */
export interface FitCallback {
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
