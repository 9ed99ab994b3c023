import { DataError } from "../../errors.ts";
import type { Lowering, Slot } from "../../graph/op.ts";
import type { KernelName } from "../../kernels/generated.ts";
import { linearWorkgroups } from "../../ops/workgroups.ts";

/** A number, or a function of the step number (from 1). */
export type Schedule = number | ((step: number) => number);

export const at = (schedule: Schedule, step: number): number =>
  typeof schedule === "number" ? schedule : schedule(step);

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
  /** Norm of all gradients together, a scalar. */
  readonly norm: Slot;
  /** 0 for no clipping. */
  readonly clipNorm: number;
}

/** An update rule: one dispatch for each segment. */
export interface Optimizer {
  readonly name: string;
  /** Names of the tensors that it keeps per parameter. */
  readonly states: readonly string[];
  /** The learning rate and what else depends on the step; the kernels find them behind the step number and the seed. */
  scalars(step: number, learningRate: number): readonly number[];
  readonly learningRate: Schedule;
  /** Which parameters weight decay applies to; all where absent. */
  readonly decays?: ((name: string) => boolean) | undefined;
  lower(to: Lowering, segment: Segment, context: UpdateContext): void;
}

/** Emits an update kernel; its bindings are parameter, gradient, the states by name, hyper and norm. */
export function lowerUpdate(
  to: Lowering,
  kernel: KernelName,
  stateNames: readonly string[],
  { parameter, gradient, states, size }: Segment,
  { norm, clipNorm }: UpdateContext,
  params: Readonly<Record<string, number>>,
  variant = "default",
): void {
  const named = Object.fromEntries(stateNames.map((name, i) => [name, states[i] as Slot]));
  to.dispatch({
    kernel,
    variant,
    bind: { parameter, gradient, ...named, hyper: to.hyper, norm },
    params: { size, clip_norm: clipNorm, ...params },
    workgroups: linearWorkgroups(size / VECTOR),
    flops: 12 * size,
  });
}

/** Throws DataError unless the number lies in the range. */
export function requireRange(op: string, name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) {
    throw new DataError(`${op}: ${name} is ${value}, expected ${low} ≤ ${name} ≤ ${high}`);
  }
}
