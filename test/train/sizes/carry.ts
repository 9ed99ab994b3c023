import { describe, expect, test } from "vitest";
import { float32, losses, mean, optim, Trainer } from "../../../src/node.ts";
import { device } from "../../support/device.ts";
import { batchOf, fixed, Net, named, optimizer } from "./net.ts";

export function testCarry(): void {
  describe("the carry", () => {
    const carrying = async (options: object = {}) => {
      const model = new Net();
      const trainer = await Trainer.create(device, model, {
        inputs: named,
        carry: { h: model.rnn.stateSpec("batch") },
        loss: ({ tokens, targets, h }) => {
          const [logits, next] = model.forward(tokens, h);
          return { loss: losses.crossEntropy(logits, targets), carry: { h: next } };
        },
        optimizer,
        seed: 3,
        ...options,
      });
      return trainer;
    };

    test("goes on in programs of other lengths, and not in another batch size", async () => {
      const trainer = await carrying();
      const model = new Net();
      using byHand = await Trainer.create(device, model, {
        inputs: { ...fixed(2, 3), h: model.rnn.stateSpec(2) },
        loss: ({ tokens, targets, h }) => losses.crossEntropy(model.forward(tokens, h)[0], targets),
        optimizer: optim.sgd({ learningRate: 0 }),
        seed: 3,
      });
      const first = (await trainer.step(batchOf(2, 3))).loss;
      expect(first).toBeCloseTo((await byHand.step(batchOf(2, 3))).loss, 5);
      await trainer.step(batchOf(2, 5));
      await expect(trainer.step(batchOf(4, 5))).rejects.toThrow(
        /^step: the carry h is \[1, 2, 8\] from the step before, expected \[1, 4, 8\] .*; call resetCarry\(\)/,
      );
      // the size is there now, and its larger memory; the carry is still what it was
      const after = (await trainer.step(batchOf(2, 4))).loss;
      trainer.resetCarry();
      const fromZero = (await trainer.step(batchOf(4, 5))).loss;
      expect(trainer.steps).toBe(4);
      const plain = await carrying();
      await plain.step(batchOf(2, 3));
      await plain.step(batchOf(2, 5));
      expect((await plain.step(batchOf(2, 4))).loss).toBe(after);
      plain.resetCarry();
      expect((await plain.step(batchOf(4, 5))).loss).toBe(fromZero);
      plain.dispose();

      // a checkpoint has the carry in the shape that it had
      const bytes = await trainer.checkpoint();
      const want = (await trainer.step(batchOf(4, 2))).loss;
      const resumed = await carrying({ resume: bytes });
      await expect(resumed.step(batchOf(2, 2))).rejects.toThrow(/call resetCarry/);
      expect((await resumed.step(batchOf(4, 2))).loss).toBe(want);
      resumed.dispose();
      trainer.dispose();
      await expect(carrying({ carry: { h: float32(["rows", 8]) } })).rejects.toThrow(
        /extent "rows" is one of no input/,
      );
    });

    test("what stopped a step is looked for in the program of its size", async () => {
      const model = new Net();
      using trainer = await Trainer.create(device, model, {
        inputs: { x: float32(["batch", "time", 4]) },
        loss: ({ x }) => mean(model.rnn.forward(x)[0]),
        optimizer,
      });
      const x = (batch: number, value: number) => ({ x: new Float32Array(8 * batch).fill(value) });
      const shaped = (batch: number, value: number) => ({
        x: Object.assign(x(batch, value).x, { shape: [batch, 2, 4] }),
      });
      await trainer.prepare({ batch: 1, time: 2 });
      await trainer.prepare({ batch: 2, time: 2 });
      const failing = trainer.step(shaped(2, Number.NaN));
      const behind = trainer.step(shaped(1, 1));
      await expect(failing).rejects.toThrow(
        /step 1: .* first module whose output is not finite is rnn .*input x is not finite/,
      );
      await expect(behind).rejects.toThrow(/step 1/);
      trainer.recover();
      expect((await trainer.step(shaped(1, 1))).skipped).toBe(false);
    });
  });
}
