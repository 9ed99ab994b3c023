// All that this program asks of the engine.
import {
  type CheckpointStore,
  type Device,
  int32,
  losses,
  type nn,
  openDevice,
  optim,
  type StreamBatches,
  Trainer,
} from "seqgrad";
import type { AdapterChoice } from "../shared/adapters.ts";
import { UserError } from "../shared/errors.ts";
import { learningRateAt } from "../shared/schedule.ts";
import { RecurrentModel, type TextModel } from "./model.ts";
import type { TrainOptions } from "./options.ts";

export function openGpu(adapter: AdapterChoice): Promise<Device> {
  return openDevice({ adapter });
}

/** What a training step costs; the same for every step. */
export interface PlanFacts {
  readonly dispatches: number;
  readonly submits: number;
  readonly buffers: number;
  readonly bindGroups: number;
  readonly bytes: number;
}

export interface StepResult {
  readonly loss: number;
  readonly gradNorm: number;
}

export interface Training {
  readonly plan: PlanFacts;
  /** Steps that were started, in earlier parts of the run too. */
  readonly steps: number;
  /** Takes the next batch. Several steps may be under way; they run in the order of the calls. */
  step(batches: StreamBatches): Promise<StepResult>;
  /** Puts a checkpoint into the store. */
  save(): Promise<void>;
  weights(): Promise<nn.StateDict>;
}

export interface TrainingData {
  readonly batches: StreamBatches;
  /** A digest of the text. */
  readonly text: string;
  readonly store: CheckpointStore;
}

/**
 * Compiles a training step. A recurrent model's state goes on from step to step, gradients do not (truncated
 * backpropagation); a Transformer sees each sequence by itself.
 */
export async function openTraining(
  device: Device,
  model: TextModel,
  options: TrainOptions,
  { batches, text, store }: TrainingData,
): Promise<Training> {
  const shape = [options.batch, options.seqLen];
  const common = {
    inputs: { tokens: int32(shape), targets: int32(shape) },
    optimizer: optim.adamW({ learningRate: (step) => learningRateAt(step, options.scheduleSteps, options.lr) }),
    clipNorm: options.clip,
    seed: options.seed,
    resume: options.resume ? store : undefined,
  };
  const trainer =
    model instanceof RecurrentModel
      ? await Trainer.create(device, model, {
          ...common,
          carry: { state: model.rnn.stateSpec(options.batch) },
          loss: ({ tokens, targets, state }) => {
            const [logits, next] = model.forward(tokens, state);
            return { loss: losses.crossEntropy(logits, targets), carry: { state: next } };
          },
        })
      : await Trainer.create(device, model, {
          ...common,
          loss: ({ tokens, targets }) => losses.crossEntropy(model.forward(tokens), targets),
        });
  trainer.attach("text", {
    state: text,
    restore(saved) {
      if (saved === text) return;
      throw new UserError("--resume: the run was begun with another text; give that one, by --text where it was moved");
    },
  });
  trainer.attach("batches", batches);
  return {
    plan: { ...trainer.stats, bytes: trainer.stats.bytes + trainer.stats.externalBytes },
    step: (batches) => {
      if (batches.startsEpoch) trainer.resetCarry();
      return trainer.step(batches.next());
    },
    get steps() {
      return trainer.steps;
    },
    save: () => trainer.save(store),
    weights: () => trainer.stateDict(),
  };
}
