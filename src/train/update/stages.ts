import type { Session } from "../../run/session.ts";
import type { Part } from "../checkpoint/parts.ts";
import type { TrainingMemory } from "../gradients.ts";
import type { Guard } from "../guard.ts";
import type { TrainerOptions } from "../options.ts";
import { Accumulation } from "./accumulation.ts";
import { WeightAverage } from "./average.ts";
import { ParameterClipping } from "./clipping.ts";
import { Constraints } from "./constraints.ts";
import { hasPenalty, Penalties } from "./penalties.ts";
import type { UpdateStage } from "./stage.ts";

export type StageOptions = Pick<
  TrainerOptions<never, never>,
  "gradientAccumulationSteps" | "weightAverage" | "clipParameterNorm"
>;

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
  { gradientAccumulationSteps: steps = 1, weightAverage, clipParameterNorm = 0 }: StageOptions,
): Stages {
  const accumulation = steps > 1 ? [session.own(new Accumulation(memory, guard, steps))] : [];
  const { groups = [] } = memory.optimizer;
  const penalties = groups.some(hasPenalty) ? [session.own(new Penalties(memory))] : [];
  // of the mean, which is kept before it is clipped
  const clipping = clipParameterNorm > 0 ? [session.own(new ParameterClipping(memory, clipParameterNorm))] : [];
  const constraints = groups.some(({ constraint }) => constraint) ? [session.own(new Constraints(memory))] : [];
  const average = weightAverage ? session.own(new WeightAverage(memory)) : undefined;
  const averages = average ? [average] : [];
  const all = [...penalties, ...accumulation, ...clipping, ...constraints, ...averages];
  return { all, parts: [...accumulation, ...averages], average };
}
