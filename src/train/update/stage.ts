import type { Slot } from "../../graph/lowering.ts";
import type { LoweringContext } from "../../plan/lowering.ts";
import type { Segment } from "../optim/optimizer.ts";

/** A step that is being lowered. */
export interface UpdateStep {
  /** Of the parameters that it trains. */
  readonly segments: readonly Segment[];
  /** Words of kernels/lib/guard.wgsl. */
  readonly guard: Slot;
}

/** What a step does beside the optimizer's update, when it is asked for. Each emits its dispatches. */
export interface UpdateStage {
  /** On the gradients of the batch, before the verdict; what it keeps must not be changed yet, since the step may be held. */
  gradients?(to: LoweringContext, step: UpdateStep): void;
  /** After the verdict, before the update: on gradients whose norm is known. */
  judged?(to: LoweringContext, step: UpdateStep): void;
  /** After the update; does nothing in steps without one (GUARD_IDLE). */
  updated?(to: LoweringContext, step: UpdateStep): void;
}
