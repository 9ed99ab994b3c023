import { ArgumentError } from "../../errors.ts";
import type { Lowering, Slot } from "../../graph/lowering.ts";
import type { KernelHandle } from "../../kernels/later.ts";
import { linearWorkgroups } from "../../ops/dispatch/workgroups.ts";
import { either, fn, nonNegative, numberWithin, show } from "../../options.ts";

/**
 * A learning rate: a number, or a function of the step's number (from 1). The number counts batches, also those that were
 * skipped because their loss or gradients were not finite.
 */
export type Schedule = number | ((step: number) => number);

/** The learning rate of a step. Throws ArgumentError where a schedule gives none. */
export function at(schedule: Schedule, step: number): number {
  const rate: unknown = typeof schedule === "number" ? schedule : schedule(step);
  if (!nonNegative.fits(rate)) {
    throw new ArgumentError(
      `step ${step}: the schedule gives the learning rate ${show(rate)}, expected ${nonNegative.expected}; have it return one for every step from 1 on`,
    );
  }
  return rate as number;
}

/** Kinds of options that optimizers share. */
export const optimizerKinds = { learningRate: either(nonNegative, fn), weightDecay: nonNegative, decays: fn };

/** How much of a moving average stays; must be less than 1 as the float32 that kernels compute with. */
export const averageKind = numberWithin(
  "a number from 0 up to, but not, 1 (in float32)",
  (value) => value >= 0 && Math.fround(value) < 1,
);

/** Elements that a thread of an update kernel owns. */
const VECTOR = 4;

/** A run of parameters that lie side by side and are treated alike. All slots have the same size, a multiple of four. */
export interface Segment {
  readonly parameter: Slot;
  readonly gradient: Slot;
  /** The optimizer's own tensors, zero at the start. */
  readonly states: readonly Slot[];
  readonly size: number;
  readonly decays: boolean;
}

export interface UpdateContext {
  /** What the step found: the gradients' norm, the optimizer's own step number, and whether the step changes anything. */
  readonly guard: Slot;
  /** 0 for no clipping. */
  readonly clipNorm: number;
}

/** An update rule: one dispatch for each segment. */
export interface Optimizer {
  readonly name: string;
  /** Names of the tensors that it keeps per parameter. */
  readonly states: readonly string[];
  /** Factors β of moving averages that start at 0, two at most: the guard holds 1 − βᵗ, t being the optimizer's own step. */
  readonly averages?: readonly number[];
  readonly learningRate: Schedule;
  /** Which parameters weight decay applies to; all where absent. */
  readonly decays?: ((name: string) => boolean) | undefined;
  lower(to: Lowering, segment: Segment, context: UpdateContext): void;
}

/** Emits an update kernel; its bindings are parameter, gradient, the states by name, hyper and guard. */
export function lowerUpdate(
  to: Lowering,
  kernel: KernelHandle,
  stateNames: readonly string[],
  { parameter, gradient, states, size }: Segment,
  { guard, clipNorm }: UpdateContext,
  params: Readonly<Record<string, number>>,
  variant = "default",
): void {
  const named = Object.fromEntries(stateNames.map((name, i) => [name, states[i] as Slot]));
  to.dispatch({
    kernel,
    variant,
    bind: { parameter, gradient, ...named, hyper: to.hyper, guard },
    params: { size, clip_norm: clipNorm, ...params },
    workgroups: linearWorkgroups(size / VECTOR),
    flops: 12 * size,
  });
}
