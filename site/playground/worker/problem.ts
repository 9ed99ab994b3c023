/** What a task asks of a model, in the one form that the run knows. */
import { type CharTokenizer, float32, int32, type Spec, type Value } from "seqgrad";
import type { Sample } from "../protocol.ts";

/** Inputs [batch, time] or [batch, time, features] and what is asked of them, row by row. */
export interface Batch {
  readonly x: Int32Array | Float32Array;
  readonly y: Int32Array | Float32Array;
}

export interface Problem {
  /** How many different tokens go in, where they do; of numbers, how many at each time. */
  readonly input: { readonly tokens: number } | { readonly features: number };
  /** Numbers that the model gives at each time. */
  readonly outputs: number;
  /** Steps of time in a sequence. */
  readonly time: number;
  /** The first step that an answer is asked of, where all before it is a question. */
  readonly answerFrom?: number;
  target(batch: number): Spec;
  /** The batch of a step, from 0: the same for the same step, so that a run can be resumed. */
  batch(step: number): Batch;
  /** Whether a batch goes on where the one before ended, so that the state may be carried over; asked before each. */
  continues?(step: number): boolean;
  /** As many rows as a batch has; never trained on. */
  readonly validation: Batch;
  loss(outputs: Value, y: Value): Value;
  /** The loss of who remembers nothing, where it is known. */
  readonly baseline?: number;
  accuracy?(outputs: Float32Array, y: Batch["y"]): number;
  /** What the model made of the first examples; of texts it writes instead. */
  show?(outputs: Float32Array, batch: Batch): Sample;
  /** What goes in at each time of an example, in a few letters. */
  labels(batch: Batch, row: number): string[];
  /** Of classes: their names, and what a visitor's own example is as an input. */
  readonly classes?: readonly string[];
  encode?(data: unknown): Float32Array;
  readonly tokenizer?: CharTokenizer;
  readonly columns?: readonly string[];
}

export const inputSpec = ({ input, time }: Problem, batch: number): Spec =>
  "tokens" in input ? int32([batch, time]) : float32([batch, time, input.features]);

/** Rows of a batch cut out as one of its own. */
export function rowOf({ x, y }: Batch, row: number, rows: number): Batch {
  const cut = <T extends Int32Array | Float32Array>(values: T): T => {
    const size = values.length / rows;
    return values.slice(row * size, (row + 1) * size) as T;
  };
  return { x: cut(x), y: cut(y) };
}

/** Index of the largest of `count` numbers from `start` on. */
export function largest(values: ArrayLike<number>, start: number, count: number): number {
  let found = 0;
  for (let i = 1; i < count; i++) if ((values[start + i] as number) > (values[start + found] as number)) found = i;
  return found;
}
