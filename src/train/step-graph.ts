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

/**
 * All of a training step: what was traced, then clipping, the guard's verdict, and the update. `measures` are what it adds to
 * accumulators of metrics, which lie in `state`.
 */
export function stepGraph(
  { inputs, loss, updates, trained }: StepTrace,
  memory: TrainingMemory,
  guard: Guard,
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
        const squares = memory.lowerSquares(to, segments);
        const verdict = guard.lower(to, outputs.get("loss") as Slot, squares, next, measured);
        optimizer.lower(to, segments, { guard: verdict, clipNorm, clipValue });
      },
    },
  };
}
