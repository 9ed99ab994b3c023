// A run that is resumed gives the bits of one that was not broken off, on every host and with the kernels of both kinds of adapter.
import type { Case } from "../../../harness/case.ts";
import { optim } from "../../../src/index.ts";
import { assertEqual } from "../support/assert.ts";
import { badBatches, bitsOf, fragileTrainer, goodBatch, type Settings } from "../support/not-finite.ts";
import { adapterKinds, withProfile } from "../support/profile.ts";

/** Without state, with one tensor, two, three, and all that a step may hold. */
const optimizers: readonly (readonly [string, optim.Optimizer, Partial<Settings>?])[] = [
  [
    "sgd, each clipped, penalties, bounded norms",
    optim.sgd({
      learningRate: (step) => 0.1 / step,
      groups: [{ parameters: "weight", l1: 0.01, l2: 0.1, constraint: { maxNorm: 1.5 } }],
    }),
    { clipNorm: 0, clipParameterNorm: 0.5 },
  ],
  ["rmsprop", optim.rmsprop({ learningRate: 0.1, momentum: 0.5 })],
  ["adam, amsgrad", optim.adam({ learningRate: 0.1, amsgrad: true })],
  [
    "lion of means of batches, averaged",
    optim.lion({ learningRate: 0.01 }),
    { gradientAccumulationSteps: 3, weightAverage: { decay: 0.75 } },
  ],
];

const badStep = badBatches["the carry alone"] as (step: number) => ReturnType<typeof goodBatch>;

export const resumeCases: readonly Case[] = optimizers.map(([name, optimizer, more], i) => ({
  name: `resume: ${name}: the bits of a run that was not broken off`,
  run: ({ device }) =>
    withProfile(device, adapterKinds[i % 2] as (typeof adapterKinds)[number], async () => {
      const settings: Settings = { optimizer, onNonFinite: "skip", clipNorm: 1, withDropout: true, ...more };
      const whole = await fragileTrainer(device, settings);
      // one is skipped, so that the optimizer has made fewer steps than there were batches
      await whole.trainer.step(goodBatch(0));
      await whole.trainer.step(badStep(1));
      // nobody waits for the step before the checkpoint, nor for the checkpoint before the steps after it
      whole.trainer.stepWithoutLoss(goodBatch(2));
      const saved = whole.trainer.checkpoint();
      const want = await Promise.all([3, 4, 5].map(async (step) => (await whole.trainer.step(goodBatch(step))).loss));

      const other = await fragileTrainer(device, { ...settings, resume: await saved });
      assertEqual("steps and skipped", [other.trainer.steps, other.trainer.skipped], [3, 1]);
      other.trainer.replay.poison();
      const found = await Promise.all([3, 4, 5].map(async (step) => (await other.trainer.step(goodBatch(step))).loss));
      assertEqual("losses", found, want);
      assertEqual("parameters, optimizer and carry", await bitsOf(other.trainer), await bitsOf(whole.trainer));
      assertEqual("skipped", other.trainer.skipped, whole.trainer.skipped);
      for (const { trainer, model } of [whole, other]) {
        trainer.dispose();
        model.dispose(device);
      }
    }),
}));
