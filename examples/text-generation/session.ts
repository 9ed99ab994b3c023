// All that this program asks of the engine.
import { type Device, int32, losses, type nn, openDevice, optim, type StreamBatches, Trainer } from "seqgrad";
import type { AdapterChoice } from "../shared/adapters.ts";
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
  /** Takes the next batch. Several steps may be under way; they run in the order of the calls. */
  step(batches: StreamBatches): Promise<StepResult>;
  weights(): Promise<nn.StateDict>;
}

/**
 * Compiles a training step. A recurrent model's state goes on from step to step, gradients do not (truncated
 * backpropagation); a Transformer sees each sequence by itself.
 */
export async function openTraining(device: Device, model: TextModel, options: TrainOptions): Promise<Training> {
  const shape = [options.batch, options.seqLen];
  const common = {
    inputs: { tokens: int32(shape), targets: int32(shape) },
    optimizer: optim.adamW({ learningRate: (step) => learningRateAt(step, options.steps, options.lr) }),
    clipNorm: options.clip,
    seed: options.seed,
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
  return {
    plan: { ...trainer.stats, bytes: trainer.stats.bytes + trainer.stats.externalBytes },
    step: (batches) => {
      if (batches.startsPass) trainer.resetCarry();
      return trainer.step(batches.next());
    },
    weights: () => trainer.stateDict(),
  };
}
