import type { Device } from "../gpu/device.ts";
import { recordSources } from "../graph/source.ts";
import { withKernels } from "../kernels/later.ts";
import { parametersOf } from "../nn/model.ts";
import { type Model, namedParameters } from "../nn/module.ts";
import { isSized, programsBySize } from "../run/by-size.ts";
import type { AdapterKind } from "../run/describe-for.ts";
import type { SpecTree } from "../run/inputs.ts";
import { oneProgram } from "../run/one-program.ts";
import { Session } from "../run/session.ts";
import type { Sizes } from "../run/sizes/types.ts";
import type { Workspace } from "../run/workspace.ts";
import { Carry } from "./carry.ts";
import type { Resumed } from "./checkpoint/resumable.ts";
import { scheduleParts } from "./checkpoint/trainer-parts.ts";
import { TrainerState } from "./checkpoint/trainer-state.ts";
import type { StepMetrics } from "./evaluation/step-metrics.ts";
import { TrainingMemory } from "./gradients.ts";
import { Guard } from "./guard.ts";
import type { LossResult, TrainerOptions } from "./options.ts";
import { stepGraph } from "./step-graph.ts";
import { StepLog, type StepProgram } from "./step-log.ts";
import { Stepping } from "./stepping.ts";
import { isTrained, type StepTrace, traceStep } from "./trace.ts";
import type { WeightAverage } from "./update/average.ts";

/** What a trainer is made of. */
export interface Training {
  readonly session: Session;
  readonly stepping: Stepping;
  /** All that it remembers. */
  readonly state: TrainerState;
  /** Of steps; undefined where they are not measured. */
  readonly metrics: StepMetrics | undefined;
  readonly average: WeightAverage | undefined;
  /** What it went on from; null where it begins anew. */
  readonly resumed: Resumed | null;
}

/** Traces a step and makes its program and all that steps share, or goes on from a checkpoint. Options are checked before. */
export async function openTraining<S extends SpecTree, C extends SpecTree, R extends LossResult>(
  device: Device,
  model: Model,
  options: TrainerOptions<S, C, R>,
): Promise<Training> {
  const { gradientAccumulationSteps: every = 1, weightAverage: average, clipParameterNorm } = options;
  const { groups = [] } = options.optimizer;
  const isShaped = groups.some(({ l1, l2, constraint }) => l1 || l2 || constraint);
  // most training begins anew, measures nothing, and does nothing beside its updates
  const isMore = options.resume || options.stepMetrics || every > 1 || average || clipParameterNorm || isShaped;
  const later = isMore ? await import("./later.ts") : undefined;
  const opened = await later?.openCheckpoint(device, options);
  const { optimizer, onNonFinite = "throw", maxPrograms } = options;
  const bySize = isSized(options) ? await programsBySize("Trainer", options) : undefined;
  const trace = (sizes: Sizes, kind = device.profile.kind) =>
    recordSources(options.debug ?? false, () => traceStep(model, options, sizes, kind));
  const traced = (sizes: Sizes, kind?: AdapterKind) => withKernels(() => trace(sizes, kind));
  // what is wrong with the loss shows before anything is made for it
  const first = bySize ? undefined : await traced({});
  const all = first?.parameters ?? parametersOf("Trainer", model, []);
  const trained = first?.trained.map(([parameter]) => parameter) ?? all.filter((each) => isTrained(optimizer, each));
  later?.checkConstraints(optimizer, trained);

  const seed = opened?.fields.seed ?? options.seed;
  return Session.open(device, all, { ...options, seed, choices: opened?.choices }, async (session) => {
    // a part of the model that was asked meanwhile has named them otherwise
    const named = namedParameters(model);
    const memory = session.own(new TrainingMemory(device, trained, optimizer));
    const guard = session.own(new Guard(device, onNonFinite, optimizer.averages ?? [], { every, average }));
    const stages = later?.makeStages(session, memory, guard, options);
    const metrics =
      options.stepMetrics && later
        ? session.own(new later.StepMetrics(device, (sizes) => trace(sizes).metrics))
        : undefined;
    const make = async (sizes: Sizes, workspace: Workspace): Promise<StepProgram> => {
      const step = first ?? (await traced(sizes));
      const graphOf = (step: StepTrace) => {
        const measures = metrics?.updates(step.metrics, sizes);
        return stepGraph(step, memory, guard, stages?.all ?? [], options, measures, metrics?.state);
      };
      const planFor = async (kind: AdapterKind) => session.plan(graphOf(await traced(sizes, kind)), kind);
      return { executable: await session.program(graphOf(step), workspace), trace: step, planFor };
    };
    const family = await (bySize ?? oneProgram)(session, { where: "Trainer", maxPrograms, make });
    const carry = new Carry(family.workspace, options.carry ?? {}, () => family.last?.executable.replay);
    const log = new StepLog(() => family.current, onNonFinite === "throw");
    const stepping = new Stepping(family, optimizer, guard, log, carry, every);
    const parts = [memory, guard, carry, ...(metrics ? [metrics] : []), ...scheduleParts(optimizer)];
    const { average: kept } = stages ?? {};
    const state = new TrainerState(
      device,
      named,
      [...parts, ...(stages?.parts ?? [])],
      kept && ((read) => kept.withTrained(read)),
    );
    if (opened) {
      later?.restore(state, opened);
      log.resume(opened.fields.step, opened.fields.skipped);
      log.wrote(carry.names);
      stepping.rate = opened.fields.rate;
    }
    const resumed = opened?.resumed ?? null;
    return { session, stepping, state, metrics, average: kept, resumed };
  });
}
