import type { Spec, Value } from "seqgrad";
import type { Random } from "../../shared/random.ts";
import type { taskNames } from "../help.mjs";

/** Sequences of one length: inputs [batch, steps, features], row by row, and what is asked of them. */
export interface Batch {
  readonly x: Float32Array;
  readonly y: Float32Array | Int32Array;
}

export type TaskName = (typeof taskNames)[number];

/** What is taken where an option is not given; chosen so that the right cells need minutes on two CPU cores. */
export interface TaskDefaults {
  readonly length: number;
  readonly hidden: number;
  readonly batch: number;
  readonly steps: number;
  readonly lr: readonly number[];
}

/** A synthetic problem. `length` is what makes it hard: see each task. */
export interface Task {
  readonly name: TaskName;
  readonly about: string;
  readonly defaults: TaskDefaults;
  /** Numbers per step that go in, and that the net gives. */
  readonly features: number;
  readonly outputs: number;
  /** Steps of a sequence. */
  span(length: number): number;
  /** How many steps something must be kept at most; where gates begin depends on it. 0: nothing in particular. */
  memory(length: number): number;
  /** Shorter lengths to train on first. */
  readonly curriculum: (length: number) => readonly number[];
  /** Lengths to try the trained net on, besides the one that it was trained on. */
  longer(length: number): readonly number[];
  targetSpec(batch: number, length: number): Spec;
  make(random: Random, batch: number, length: number): Batch;
  /** Loss of the net's outputs [batch, steps, outputs]. */
  loss(outputs: Value, y: Value): Value;
  /** The loss of the best answer that remembers nothing. */
  baseline(length: number): number;
  /** Share of the answers that are right. */
  accuracy(outputs: ArrayLike<number>, y: Batch["y"], length: number): number;
  /** Whether that is good enough to stop. */
  learned(loss: number, accuracy: number, length: number): boolean;
}

/** Index of the largest of `count` numbers from `start` on. */
export function largest(values: ArrayLike<number>, start: number, count: number): number {
  let found = 0;
  for (let i = 1; i < count; i++) if ((values[start + i] as number) > (values[start + found] as number)) found = i;
  return found;
}

export const below = (random: Random, count: number): number => Math.floor(random() * count);
