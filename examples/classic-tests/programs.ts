// The two programs of a classic test: one trains, the other measures.
import { compile, type Device, float32, optim, Trainer } from "seqgrad";
import { seededRandom } from "../shared/random.ts";
import type { SequenceModel } from "./model.ts";
import type { Batch, Task } from "./tasks/task.ts";

export interface Evaluation {
  readonly loss: number;
  readonly accuracy: number;
}

/** What both programs are made from. */
export interface ProgramOptions {
  readonly task: Task;
  readonly batch: number;
  /** Sequences of the evaluation set. */
  readonly test: number;
  readonly seed: number;
  /** The gradient's greatest norm. */
  readonly clip: number;
}

/** The weights' seed is the batches' too; the evaluation set is drawn from another one and is the same for all runs. */
const evaluationSeed = 0x5eed;

/** A trainer on sequences of one length. */
export function openTraining(
  device: Device,
  model: SequenceModel,
  { task, batch, seed, clip }: ProgramOptions,
  length: number,
  learningRate: (step: number) => number,
) {
  return Trainer.create(device, model, {
    // the run ends by itself, with the figures that it came to
    onNonFinite: "continue",
    inputs: { x: float32([batch, task.span(length), task.features]), y: task.targetSpec(batch, length) },
    loss: ({ x, y }) => task.loss(model.forward(x), y),
    optimizer: optim.adamW({ learningRate, decays: (name) => name.includes("weight") }),
    clipNorm: clip,
    seed,
  });
}

/** A function that measures the model, as it is then, on the fixed evaluation set. */
export async function openEvaluation(
  device: Device,
  model: SequenceModel,
  { task, test, seed }: ProgramOptions,
  length: number,
): Promise<(() => Promise<Evaluation>) & { dispose(): void }> {
  const set: Batch = task.make(seededRandom(evaluationSeed), test, length);
  const program = await compile(device, model, {
    inputs: { x: float32([test, task.span(length), task.features]), y: task.targetSpec(test, length) },
    fn: ({ x, y }) => {
      const outputs = model.forward(x);
      return { outputs, loss: task.loss(outputs, y) };
    },
    seed,
  });
  const evaluate = async () => {
    const { outputs, loss } = await program.run(set);
    const values = await outputs.read();
    return { loss: (await loss.read())[0] as number, accuracy: task.accuracy(values, set.y, length) };
  };
  return Object.assign(evaluate, { dispose: () => program.dispose() });
}
