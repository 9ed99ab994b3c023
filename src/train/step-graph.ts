import { DataError } from "../errors.ts";
import type { Slot } from "../graph/lowering.ts";
import type { SessionGraph } from "../run/session.ts";
import type { TrainingMemory } from "./gradients.ts";
import type { Guard } from "./guard.ts";
import type { TrainerOptions } from "./options.ts";
import type { StepTrace } from "./trace.ts";

/** All of a training step: what was traced, then clipping, the guard's verdict, and the update. */
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
): SessionGraph {
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
    updates,
    destinations: trained.map(([parameter, gradient]) => [gradient, memory.gradientPlace(parameter)] as const),
    epilogue: {
      stateInPlace: onNonFinite === "continue",
      lower(to, outputs, next) {
        const segments = memory.segments(to, parameters);
        const squares = memory.lowerSquares(to, segments);
        const verdict = guard.lower(to, outputs.get("loss") as Slot, squares, next);
        optimizer.lower(to, segments, { guard: verdict, clipNorm, clipValue });
      },
    },
  };
}
