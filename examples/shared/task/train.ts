/** How all tasks train. */
import {
  callbacks,
  type DataOf,
  type DataSet,
  type LossResult,
  type nn,
  optim,
  type SpecTree,
  schedules,
  Trainer,
  type TrainerOptions,
} from "seqgrad";
import type { Flags } from "../flags.ts";
import type { Job } from "./task.ts";

/** Which epoch's weights are kept: the best one's on a part that is held back, or the last one's, and nothing is held back. */
export const keeps = ["best", "last"] as const;
export type Keep = (typeof keeps)[number];

export const readKeep = (flags: Flags): Keep => flags.choice("keep", "best", keeps);

export interface Lesson<S extends SpecTree, R extends LossResult>
  extends Pick<TrainerOptions<S, Record<never, never>, R>, "inputs" | "sizes" | "loss"> {
  /** What is trained on; not asked for where the model was saved. */
  readonly training: () => DataSet<DataOf<S>> & { readonly length: number };
  /** What the best epoch is chosen by; the last one is kept where it is undefined. */
  readonly validation: (() => DataSet<DataOf<S>>) | undefined;
  /** Where `--epochs` says nothing. */
  readonly epochs: number;
  /** The highest. */
  readonly learningRate: number;
  /** 0.01. */
  readonly weightDecay?: number;
  /** A metric, of which the greatest is the best; the least loss unless given. */
  readonly monitor?: string;
}

/**
 * Trains a model, or takes its weights from the one that was saved. Gives the trainer, for what is evaluated and predicted.
 * AdamW on one cycle of learning rates (Smith and Topin 2019), all gradients together at most 1.
 */
export async function trainModel<S extends SpecTree, R extends LossResult>(
  job: Pick<Job<unknown, unknown>, "device" | "seed" | "epochs" | "resume" | "saved" | "fit">,
  model: nn.Module,
  lesson: Lesson<S, R>,
): Promise<Trainer<S, Record<never, never>, R>> {
  const { training, validation, learningRate, weightDecay = 0.01, monitor, epochs: usual, ...traced } = lesson;
  const epochs = job.epochs ?? usual;
  if (job.saved) model.loadStateDict(job.device, job.saved.weights);
  const batches = job.saved ? undefined : training();
  const steps = epochs * (batches?.length ?? 1);
  const trainer = await Trainer.create<S, Record<never, never>, R>(job.device, model, {
    ...traced,
    optimizer: optim.adamW({ learningRate: schedules.oneCycle(learningRate, { steps }), weightDecay }),
    clipNorm: 1,
    seed: job.seed,
    resume: job.resume,
  });
  if (batches) {
    const best = callbacks.earlyStopping({ patience: epochs, ...(monitor && { monitor, mode: "max" }) });
    const choice = validation && { validation: validation(), callbacks: [best] };
    await job.fit(trainer, batches, { epochs, ...choice });
  }
  return trainer;
}
