import { DataError } from "../errors.ts";
import type { Slot } from "../graph/lowering.ts";
import type { Value } from "../graph/value.ts";
import type { Update } from "../plan/updates.ts";
import type { SessionGraph } from "../run/session.ts";
import type { State } from "../run/state.ts";
import type { TrainingMemory } from "./gradients.ts";
import type { Guard } from "./guard.ts";
import type { TrainerOptions } from "./options.ts";
import type { StepTrace } from "./trace.ts";
import type { UpdateStage } from "./update/stage.ts";

/**
 * All of a training step: what was traced, then clipping, the guard's verdict, and the update. `measures` are what it adds to
 * accumulators of metrics, which lie in `state`.
 */
export function stepGraph(
  { inputs, loss, updates, trained }: StepTrace,
  memory: TrainingMemory,
  guard: Guard,
  stages: readonly UpdateStage[],
  {
    clipNorm = 0,
    clipValue = 0,
    optimizer,
    onNonFinite = "throw",
  }: Pick<TrainerOptions<never, never>, "clipNorm" | "clipValue" | "optimizer" | "onNonFinite">,
  measures: readonly Update[] = [],
  state?: State,
): SessionGraph {
  const measured = new Set<Value>(measures.map(([leaf]) => leaf));
  const parameters = trained.map(([parameter]) => parameter);
  const late = parameters.find((parameter) => !memory.parameters.includes(parameter));
  if (late) {
    throw new DataError(
      `Trainer: parameter ${late.name} became trainable after the trainer was made, expected it to be so before; make another trainer`,
    );
  }
  return {
    inputs,
    outputs: { loss },
    updates: [...updates, ...measures],
    state,
    destinations: trained.map(([parameter, gradient]) => [gradient, memory.gradientPlace(parameter)] as const),
    epilogue: {
      stateInPlace: onNonFinite === "continue",
      lower(to, outputs, next) {
        const segments = memory.segments(to, parameters);
        const step = { segments, guard: guard.slot(to) };
        for (const stage of stages) stage.gradients?.(to, step);
        guard.lower(to, outputs.get("loss") as Slot, memory.lowerSquares(to, segments), next, measured);
        for (const stage of stages) stage.judged?.(to, step);
        optimizer.lower(to, segments, { guard: step.guard, clipNorm, clipValue });
        for (const stage of stages) stage.updated?.(to, step);
      },
    },
  };
}
