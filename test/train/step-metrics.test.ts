// Metrics over training steps: those of the batches, and none of what was skipped.
import { expect, test } from "vitest";
import { Batches } from "../../src/data/index.ts";
import { type EpochEvent, float32, int32, losses, metrics, nn, optim, Trainer, fit as train } from "../../src/node.ts";
import { device } from "../support/device.ts";

const rows = 9;
const x = Array.from({ length: rows }, (_, i) => [Math.sin(3 * i), Math.cos(2 * i)]);
const y = Array.from({ length: rows }, (_, i) => i % 3);
const batches = () => new Batches({ x, y }, { batchSize: 4 });

async function make(options: { stepMetrics?: boolean; resume?: Uint8Array; learningRate?: number } = {}) {
  const { learningRate = 0, ...more } = options;
  const model = new nn.Linear(2, 3);
  return Trainer.create(device, model, {
    inputs: { x: float32(["batch", 2]), y: int32(["batch"]) },
    loss: ({ x, y }) => {
      const logits = model.forward(x);
      return {
        loss: losses.crossEntropy(logits, y),
        metrics: {
          accuracy: metrics.accuracy(logits, y),
          confusion: metrics.confusionMatrix(logits, y),
          perplexity: metrics.perplexity(logits, y),
        },
      };
    },
    optimizer: optim.sgd({ learningRate }),
    onNonFinite: "skip",
    ...more,
  });
}

test("are those that evaluate gives where nothing is learned, and begin anew", async () => {
  const trainer = await make({ stepMetrics: true });
  const { metrics: wanted } = await trainer.evaluate(batches());
  for (const batch of batches()) trainer.step(batch);
  const close = (measured: typeof wanted) => {
    expect(measured).toMatchObject({ accuracy: wanted.accuracy, confusion: wanted.confusion });
    expect(measured.perplexity).toBeCloseTo(wanted.perplexity, 5);
  };
  close(await trainer.stepMetrics());
  // a step that is skipped changes nothing; the metrics do not stop a step
  expect((await trainer.step({ x: [[Number.NaN, 0]], y: [0] })).skipped).toBe(true);
  close(await trainer.stepMetrics());
  trainer.resetMetrics();
  const [first] = batches();
  await trainer.step(first as never);
  expect(await trainer.stepMetrics()).toEqual((await trainer.evaluate([first as never])).metrics);
  const { epochs } = await train(trainer, batches(), { epochs: 2 });
  for (const { trainingMetrics } of epochs) close(trainingMetrics as typeof wanted);
  trainer.dispose();

  const without = await make();
  await without.step(first as never);
  await expect(without.stepMetrics()).rejects.toThrow("create the trainer with stepMetrics: true");
  expect((await train(without, batches(), {})).epochs[0]?.trainingMetrics).toEqual({});
  without.dispose();

  // of named extents there is nothing to measure before the first step
  const unused = await make({ stepMetrics: true });
  expect(await unused.stepMetrics()).toEqual({});
  expect(() => unused.resetMetrics()).not.toThrow();
  expect(() => unused.dispose()).not.toThrow();
});

test("go on in a run that is resumed, from its last step before an epoch's end too", async () => {
  const kept: Uint8Array[] = [];
  const run = async (resume?: Uint8Array) => {
    const trainer = await make({ stepMetrics: true, learningRate: 0.5, ...(resume ? { resume } : {}) });
    const step = async () => void (resume ?? kept.push(await trainer.checkpoint()));
    const { epochs } = await train(trainer, batches(), { epochs: 2, callbacks: [{ step }] });
    trainer.dispose();
    return epochs.map(({ seconds: _, ...rest }: EpochEvent) => rest);
  };
  const wanted = await run();
  expect(wanted[0]?.trainingMetrics).not.toEqual(wanted[1]?.trainingMetrics);
  for (const checkpoint of [kept[1], kept[2], kept[5]]) expect(await run(checkpoint)).toEqual(wanted);
});
