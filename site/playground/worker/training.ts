/** The trainer of a run. */
import { type CheckpointStore, type Device, Trainer, type Value } from "seqgrad";
import type { Settings } from "../settings.ts";
import type { PlayModel } from "./model.ts";
import { optimizerOf } from "./optimizer.ts";
import { type Batch, inputSpec, type Problem } from "./problem.ts";

export interface TrainingOptions {
  readonly device: Device;
  readonly model: PlayModel;
  readonly problem: Problem;
  readonly settings: Settings;
  /** Greatest norm of the gradient; 0: none. */
  readonly clip: number;
  readonly resume?: CheckpointStore | Uint8Array | undefined;
}

/** A trainer that carries the state from batch to batch where both task and cell can. */
export function openTraining({ device, model, problem, settings, clip, resume }: TrainingOptions) {
  const { batch, seed } = settings;
  const state = problem.continues ? model.body.stateSpec?.(batch) : undefined;
  return Trainer.create(device, model, {
    inputs: { x: inputSpec(problem, batch), y: problem.target(batch) },
    carry: (state ? { state } : {}) as Record<string, object>,
    loss: ({ x, y, ...carried }: { x: Value; y: Value; state?: unknown }) => {
      const [outputs, next] = model.forward(x, carried.state);
      const carry = state ? { state: next } : {};
      return { loss: problem.loss(outputs, y), outputs: { outputs }, carry: carry as Record<string, Value> };
    },
    optimizer: optimizerOf(settings),
    ...(clip > 0 && { clipNorm: clip }),
    seed,
    resume,
  });
}

export type Training = Awaited<ReturnType<typeof openTraining>>;

/** Loss, share of right answers and outputs for what is never trained on. */
export async function validate(training: Training, problem: Problem) {
  const { x, y }: Batch = problem.validation;
  const { loss } = await training.evaluate([{ x, y }]);
  const { outputs } = (await training.predict({ x })) as { outputs: Float32Array };
  return { loss, accuracy: problem.accuracy?.(outputs, y) ?? null, outputs };
}
