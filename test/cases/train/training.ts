import type { Case, CaseContext } from "../../../harness/case.ts";
import type { nn } from "../../../src/index.ts";
import { charTrainer, tokensFor } from "../../system/support.ts";
import { assert, assertEqual } from "../support/assert.ts";

const STEPS = 20;

interface Run {
  readonly losses: number[];
  readonly gradNorms: number[];
  readonly parameters: nn.StateDict;
}

/** Trains a fresh model; memory is as it was when it is done. */
async function train({ device }: CaseContext, layers: number): Promise<Run> {
  const { model, trainer } = await charTrainer(device, { seqLen: 10, hidden: 20, layers, seed: 11 });
  const results = [];
  for (let step = 0; step < STEPS; step++) results.push(await trainer.step(tokensFor(10, step % 3)));
  const parameters = await trainer.stateDict();
  trainer.dispose();
  model.dispose(device);
  return {
    losses: results.map(({ loss }) => loss),
    gradNorms: results.map(({ gradNorm }) => gradNorm),
    parameters,
  };
}

/** What a training case returns; test/system/across-hosts.ts compares it between hosts. */
export interface TrainingValue {
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
}

const trainingCase = (layers: number): Case => ({
  name: `training: ${STEPS} steps, ${layers} ${layers === 1 ? "layer" : "layers"}, twice the same bits`,
  async run(context): Promise<TrainingValue> {
    const first = await train(context, layers);
    const second = await train(context, layers);
    const { losses, gradNorms } = first;
    assertEqual("losses of the second run", second.losses, losses);
    assertEqual("gradient norms of the second run", second.gradNorms, gradNorms);
    for (const [name, { data }] of first.parameters) {
      const again = second.parameters.get(name)?.data;
      assert(again?.every((value, i) => Object.is(value, data[i])) ?? false, `${name} differs in the second run`);
    }
    assert((losses.at(-1) as number) < 0.8 * (losses[0] as number), `nothing was learned: ${losses}`);
    return { losses, gradNorms };
  },
});

export const trainingCases: readonly Case[] = [1, 2].map(trainingCase);
