// All that this program asks of the engine.
import { compile, type Device, int32, losses, type nn, openDevice, optim, type StreamBatch, Trainer } from "seqgrad";
import type { AdapterChoice } from "../shared/adapters.ts";
import { learningRateAt } from "../shared/schedule.ts";
import type { CharModel } from "./model.ts";
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
  /** Several may be under way; they run in the order of the calls. */
  step(batch: StreamBatch): Promise<StepResult>;
  weights(): Promise<nn.StateDict>;
}

/** Compiles a training step with truncated backpropagation: the state goes on from step to step, gradients do not. */
export async function openTraining(device: Device, model: CharModel, options: TrainOptions): Promise<Training> {
  const shape = [options.batch, options.seqLen];
  const trainer = await Trainer.create(device, model, {
    inputs: { tokens: int32(shape), targets: int32(shape) },
    carry: { state: model.rnn.stateSpec(options.batch) },
    loss: ({ tokens, targets, state }) => {
      const [logits, next] = model.forward(tokens, state);
      return { loss: losses.crossEntropy(logits, targets), carry: { state: next } };
    },
    optimizer: optim.adamW({ learningRate: (step) => learningRateAt(step, options.steps, options.lr) }),
    clipNorm: options.clip,
    seed: options.seed,
  });
  return {
    plan: { ...trainer.stats, bytes: trainer.stats.bytes + trainer.stats.externalBytes },
    step: ({ tokens, targets, startsPass }) => {
      if (startsPass) trainer.resetCarry();
      return trainer.step({ tokens, targets });
    },
    weights: () => trainer.stateDict(),
  };
}

/** Gives the logits of the character after `token`, having seen all tokens of the calls before. */
export type NextLogits = (token: number) => Promise<ArrayLike<number>>;

/** Compiles one step of inference; the hidden state stays on the GPU from call to call. */
export async function openSampling(device: Device, model: CharModel): Promise<NextLogits> {
  const next = await compile(device, model, {
    inputs: { token: int32([1, 1]), state: model.rnn.stateSpec(1) },
    fn: ({ token, state }) => {
      const [logits, after] = model.forward(token, state);
      return { logits, state: after };
    },
  });
  let state: Awaited<ReturnType<typeof next.run>>["state"] | undefined;
  return async (token) => {
    const out = await next.run({ token: Int32Array.of(token), state });
    state = out.state;
    return out.logits.read();
  };
}
