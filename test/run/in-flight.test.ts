// Steps that are started before the last one's result is there.
import { expect, test, vi } from "vitest";
import { openDevice } from "../../src/node.ts";
import { device } from "../support/device.ts";
import { charTrainer, tokensFor } from "../system/support.ts";

test("a step is handed to the GPU, inputs and all, before the call returns", async () => {
  const { model, trainer } = await charTrainer(device);
  const write = vi.spyOn(device.gpu.queue, "writeBuffer");
  const { submits } = device.counters;
  const steps = [trainer.step(tokensFor(8, 0)), trainer.step(tokensFor(8, 1)), trainer.step(tokensFor(8, 2))];
  expect(device.counters.submits - submits).toBe(3);
  expect(trainer.steps).toBe(3);
  // tokens, targets and the step's scalars, three times
  expect(write).toHaveBeenCalledTimes(9);
  write.mockRestore();
  const found = (await Promise.all(steps)).map(({ loss }) => loss);
  trainer.dispose();
  model.dispose(device);

  const other = await charTrainer(device);
  const expected: number[] = [];
  for (let i = 0; i < 3; i++) expected.push((await other.trainer.step(tokensFor(8, i))).loss);
  expect(found).toEqual(expected);
  other.trainer.dispose();
  other.model.dispose(device);
});

test("a second program of the same kernels compiles none", async () => {
  const first = await charTrainer(device);
  const compile = vi.spyOn(device.gpu, "createComputePipelineAsync");
  const second = await charTrainer(device);
  expect(compile).not.toHaveBeenCalled();
  compile.mockRestore();
  for (const { trainer, model } of [first, second]) {
    trainer.dispose();
    model.dispose(device);
  }
});

test("distinct pipelines compile side by side", async () => {
  using fresh = await openDevice();
  let [pending, most, count] = [0, 0, 0];
  const own = fresh.gpu.createComputePipelineAsync.bind(fresh.gpu);
  vi.spyOn(fresh.gpu, "createComputePipelineAsync").mockImplementation(async (descriptor) => {
    count++;
    most = Math.max(most, ++pending);
    try {
      return await own(descriptor);
    } finally {
      pending--;
    }
  });
  const { trainer } = await charTrainer(fresh);
  // all of the step's at once; those that draw initial values come before
  expect(count).toBeGreaterThanOrEqual(trainer.stats.pipelines);
  expect(most).toBe(trainer.stats.pipelines);
});
