import type { Session } from "../../run/session.ts";
import type { Part } from "../checkpoint/parts.ts";
import type { TrainingMemory } from "../gradients.ts";
import type { Guard } from "../guard.ts";
import type { TrainerOptions } from "../options.ts";
import { Accumulation } from "./accumulation.ts";
import { WeightAverage } from "./average.ts";
import type { UpdateStage } from "./stage.ts";

export type StageOptions = Pick<TrainerOptions<never, never>, "gradientAccumulationSteps" | "weightAverage">;

/** The stages that options ask for, in their order. */
export interface Stages {
  readonly all: readonly UpdateStage[];
  /** Those that remember something. */
  readonly parts: readonly Part[];
  readonly average: WeightAverage | undefined;
}

export function makeStages(
  session: Session,
  memory: TrainingMemory,
  guard: Guard,
  { gradientAccumulationSteps: steps = 1, weightAverage }: StageOptions,
): Stages {
  const accumulation = steps > 1 ? [session.own(new Accumulation(memory, guard, steps))] : [];
  const average = weightAverage ? session.own(new WeightAverage(memory)) : undefined;
  const averages = average ? [average] : [];
  return { all: [...accumulation, ...averages], parts: [...accumulation, ...averages], average };
}
